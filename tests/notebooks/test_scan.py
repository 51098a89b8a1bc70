"""No way round the door: what a notebook writes past its run is never published (design.md 7 and 8)."""

import json

import pandas as pd
import pytest
from conftest import PARAMETERS, write_notebook

import bzmodel as bz
from bzmodel.run.pipeline import publish
from bzmodel.schema.results import BadInput, DisclosureRefused, NotebookFailed

SHOWN = "application/vnd.bzmodel.shown+json"
WAYS_ROUND = """
    from bzmodel.output.documents import docx_bytes
    own = run.folder / run.notebook
    run.files({
        "page.html": b"<script src=https://a.b/c></script>", "drawing.svg": b"<svg/>", "secret.md": "绝密".encode(),
        "allocation/report.html": b"<img src=//a.b/c>", "kept.csv": b"a\\n", "lost.csv": b"a\\n",
    }, marking="公开")
    run.files({"summary.docx": docx_bytes("绝**密**", title="总结")}, marking="公开")
    (own / "kept.csv").write_text("b")
    (own / "lost.csv").unlink()
    (own / "linked.csv").symlink_to("/dev/null")
    (run.folder / "extra.html").write_text("x")
    (run.folder / "20-first").mkdir()
    (run.folder / "20-first" / "other.csv").write_text("x");
"""
REFUSED = {
    ("50-second/page.html", "RN-U2"), ("50-second/drawing.svg", "RN-U2"), ("50-second/secret.md", "OUT-P1"),
    ("50-second/allocation/report.html", "RN-U3"), ("50-second/kept.csv", "RN-U1"), ("50-second/lost.csv", "RN-U1"),
    ("50-second/linked.csv", "RN-U1"), ("50-second/summary.docx", "OUT-P1"), ("50-second.html", "OUT-P1"),
    ("extra.html", "RN-U1"), ("20-first/other.csv", "RN-U1"),
}  # fmt: skip


@pytest.fixture
def city(small):
    """The tiny city with its second notebook alone, which is given by `write`."""
    folder, notebooks = small
    text = (folder / "city.toml").read_text(encoding="utf-8")
    (folder / "city.toml").write_text(text.replace("[20, 50]", "[50]").replace("[parameters.20]\nlevel = 0.8", ""))
    return folder, notebooks / "50-second.ipynb"


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_every_way_round_the_run_is_named_and_nothing_published(city, edition):
    folder, path = city
    write_notebook(path, WAYS_ROUND, parameters=PARAMETERS.replace("internal", edition))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] += "\n\n见绝**密**文件"
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(DisclosureRefused) as refused:
        publish(folder, 2021, edition=edition, quiet=True)
    assert {(finding.file, finding.code) for finding in refused.value.findings} == REFUSED
    assert not (folder / "reports/2021/current").exists()


@pytest.mark.parametrize("signed", ["hashlib.sha256(html.encode()).hexdigest()", "signature(html, '公开', '')"])
def test_only_what_the_run_signed_is_shown(city, signed):
    folder, path = city
    source = f"""
        import hashlib
        from IPython.display import display
        from bzmodel.run.session import signature
        html = "<b>x</b>"
        mark = {{"sha256": hashlib.sha256(html.encode()).hexdigest(), "marking": "公开", "signature": {signed}}}
        display({{"text/html": html, "text/plain": "x", "{SHOWN}": mark}}, raw=True)
    """
    write_notebook(path, source)
    with pytest.raises(NotebookFailed) as refused:
        publish(folder, 2021, quiet=True)
    assert [finding.code for finding in refused.value.findings] == ["RN-N2"]


@pytest.fixture
def run(city):
    return bz.open_run("50-second", year=2021, city=str(city[0]))


@pytest.mark.parametrize(("name", "code"), [("foo", "RN-R3"), ("need", "IN-B1")])
def test_a_table_is_recorded_as_declared_or_not_at_all(run, name, code):
    with pytest.raises(BadInput) as refused:
        run.record(bz.Result("small", {name: pd.DataFrame({"unit_id": ["U1"]})}, ""))
    assert [finding.code for finding in refused.value.findings] == [code]
    assert not list(run.folder.rglob(f"{name}.csv"))


def test_a_document_holds_no_number_but_those_of_a_recorded_summary(run):
    typed = bz.Document("总结", "净精简编制999名。")
    with pytest.raises(BadInput) as refused:
        run.document(typed, "summary")
    assert [(finding.code, finding.value) for finding in refused.value.findings] == [("RN-T1", "999")]
    run.record(bz.Result("annual_summary", {}, "# 总结\n\n净精简编制999名。"))
    run.document(typed, "summary")
    assert (run.folder / "50-second/summary.docx").is_file()
