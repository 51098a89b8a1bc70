"""The README's commands hold in a fresh clone with an empty home."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_every_command_the_readme_names_exists(page):
    from bzmodel.__main__ import COMMANDS

    text = (PROJECT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"^bzmodel ([a-z-]+)", text, re.MULTILINE))
    assert named and named <= set(COMMANDS)
    targets = set(re.findall(r"^make ([a-z]+)$", text, re.MULTILINE))
    assert targets == {"report", "test"}
    assert all(re.search(rf"^{target}: ", (PROJECT / "Makefile").read_text(), re.MULTILINE) for target in targets)


@pytest.mark.slow
def test_a_fresh_clone_publishes_and_redoes_nothing(tmp_path):
    clone, home = tmp_path / "clone", tmp_path / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)
    kept = {name: os.environ[name] for name in os.environ if name.startswith("PIP_") or name == "PATH"}
    python = shutil.which("python3.11") or "python3"

    def make(target: str) -> str:
        command = ["make", target, f"PYTHON={python}"]
        return subprocess.run(
            command, cwd=clone, env=kept | {"HOME": str(home)}, check=True, capture_output=True, text=True
        ).stdout

    make("report")
    index = clone / "reports" / "2021" / "current" / "index.html"
    first = index.read_bytes()
    run = index.resolve().parent.name
    make("report")
    assert index.read_bytes() == first
    assert index.resolve().parent.name == run
    assert "passed" in make("test")
