"""`bzmodel wisn`: a table in, an answer out. A year has 200 days of 8 hours unless a test says otherwise."""

import csv
import json
from itertools import pairwise

import pytest

from bzmodel.__main__ import main

CALENDAR = "[[calendar]]\nfrom = 2020\npossible_days = 200\nhours_per_day = 8\n"
NO_ALLOWANCES = "allowance_id,form,category,unit_id,amount,measure,persons"
ONE_ACTIVITY = "activity_id,hours_per_case\nA,2"
FULL_LOAD = "unit_id,year,activity_id,volume\nU1,2021,A,8000"  # 16,000 hours: ten persons


@pytest.fixture
def wisn(tmp_path, capsys):
    """Files in; (exit code, rows of need, rows of steps, what was said) out."""
    asked = iter(range(99))

    def run(
        activities=ONE_ACTIVITY, workload=FULL_LOAD, allowances=NO_ALLOWANCES, calendar=CALENDAR, staff=None, *more
    ):
        folder = tmp_path / f"in{next(asked)}"
        folder.mkdir()
        files = {"activities.csv": activities, "workload.csv": workload, "allowances.csv": allowances}
        files |= {"calendar.toml": calendar} | ({} if staff is None else {"staff.csv": staff})
        for name, text in files.items():
            (folder / name).write_text(text + "\n", encoding="utf-8")
        out = tmp_path / f"out-{folder.name}"
        code = main(["wisn", str(folder), "--out", str(out), *more])
        said = capsys.readouterr().err
        assert sorted(p.name for p in folder.iterdir()) == sorted(files)  # DIR is only read
        return code, _read(out / "need.csv"), _read(out / "steps.csv"), said

    return run


def _read(path):
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _one(answer):
    code, need, _, said = answer
    assert code == 0, said
    assert len(need) == 1
    return need[0]


def test_ten_persons_full_of_work_are_ten_persons(wisn):
    row = _one(wisn())
    assert (row["available_hours"], row["work_hours"], row["base_fte"], row["need"]) == ("1600", "16000", "10", "10")


def test_difficulty_multiplies_and_rest_time_divides(wisn):
    row = _one(
        wisn(
            activities="activity_id,hours_per_case,difficulty\nA,2,1.5",
            calendar=CALENDAR + "utilisation = 0.75\n",
        )
    )
    assert row["need_fte"] == "20"  # 24,000 hours over 1,200


@pytest.mark.parametrize(
    ("amount", "measure", "factor"),
    [
        (".2", "share", "1.25"),
        ("96", "min/day", "1.25"),
        ("1.6", "h/day", "1.25"),
        ("480", "min/week", "1.25"),
        ("8", "h/week", "1.25"),
        ("320", "h/year", "1.25"),
        ("40", "day/year", "1.25"),
        ("12", "h/month", None),  # 144 of 1,600 hours
    ],
)
def test_an_allowance_in_any_measure_is_hours_a_year(wisn, amount, measure, factor):
    row = _one(wisn(allowances=f"{NO_ALLOWANCES}\nC,category,,,{amount},{measure},"))
    assert row["category_factor"] == (factor or repr(1600 / 1456))


def test_allowances_of_a_category_count_in_that_category_only(wisn):
    """Open implementations add up the allowances of all categories."""
    code, need, _, said = wisn(
        activities="activity_id,hours_per_case,category\nA,2,医师\nB,2,护士",
        workload="unit_id,year,activity_id,volume\nU1,2021,A,800\nU1,2021,B,800",
        allowances=f"{NO_ALLOWANCES}\nC1,category,医师,,.2,share,\nC2,category,护士,,.5,share,",
    )
    assert code == 0, said
    assert {row["category"]: row["category_factor"] for row in need} == {"医师": "1.25", "护士": "2"}


def test_yearly_allowances_count(wisn):
    """Open implementations lose allowances given by the year."""
    row = _one(wisn(allowances=f"{NO_ALLOWANCES}\nI,individual,,,800,h/year,2"))
    assert (row["individual_fte"], row["need_fte"]) == ("1", "11")


def test_an_individual_allowance_stays_where_there_is_no_work(wisn):
    """Open implementations drop it when the workload is zero."""
    row = _one(
        wisn(
            workload="unit_id,year,activity_id,volume\nU1,2021,A,0",
            allowances=f"{NO_ALLOWANCES}\nI,individual,,,800,h/year,2",
        )
    )
    assert (row["base_fte"], row["need_fte"], row["self_reported_share"]) == ("0", "1", "")


def test_a_unit_named_only_by_its_own_allowance_or_by_staff_has_a_row(wisn):
    code, need, _, said = wisn(
        allowances=f"{NO_ALLOWANCES}\nI,individual,,U2,800,h/year,2",
        staff="unit_id,year,category,staff\nU3,2021,,4",
    )
    assert code == 0, said
    assert [(row["unit_id"], row["need_fte"], row["difference"]) for row in need] == [
        ("U1", "10", ""),
        ("U2", "1", ""),
        ("U3", "0", "4"),
    ]


def test_all_the_time_taken_by_allowances_is_refused(wisn):
    """Open implementations divide by nothing, or by less."""
    code, need, _, said = wisn(allowances=f"{NO_ALLOWANCES}\nC1,category,,,.6,share,\nC2,category,,,.4,share,")
    assert (code, need) == (2, [])
    assert "C1、C2" in said and "allowances.csv" in said and "100.0%" in said


def test_only_the_share_that_must_be_on_quota_is_need(wisn):
    code, need, steps, said = wisn(
        activities="activity_id,hours_per_case,on_quota_share\nA,2,.5\nB,2,1",
        workload="unit_id,year,activity_id,volume\nU1,2021,A,1600\nU1,2021,B,800",
        allowances=f"{NO_ALLOWANCES},on_quota_share\nC,category,,,.2,share,,\nI,individual,,,800,h/year,2,.5",
    )
    assert code == 0, said
    row = need[0]
    assert (row["need_fte"], row["need"], row["on_quota_share"]) == ("4.75", "3", repr(3 / 4.75))
    assert [(s["cause"], s["item"], s["after"]) for s in steps] == [
        ("activity", "A", "2"),
        ("activity", "B", "3"),
        ("category_allowance", "C", "3.75"),
        ("individual_allowance", "I", "4.75"),
        ("off_quota", "A", "3.5"),
        ("off_quota", "I", "3"),
    ]
    assert steps[0]["before"] == "0"
    assert all(later["before"] == earlier["after"] for earlier, later in pairwise(steps))


def test_the_error_of_the_unit_times_is_the_error_of_the_need(wisn):
    row = _one(
        wisn(
            activities="activity_id,hours_per_case,std_error\nA,2,.3\nB,1,.4",
            workload="unit_id,year,activity_id,volume\nU1,2021,A,1600\nU1,2021,B,1600",
        )
    )
    assert (row["need"], row["std_error"]) == ("3", "0.5")  # sqrt(.3^2 + .4^2)
    assert float(row["high"]) == pytest.approx(3 + 1.6448536269514722 * 0.5, rel=1e-12)
    assert float(row["low"]) == pytest.approx(3 - 1.6448536269514722 * 0.5, rel=1e-12)


def test_a_post_always_manned_needs_its_relief(wisn):
    row = _one(wisn(activities="activity_id,hours_per_case\nA,8760", workload=FULL_LOAD.replace("8000", "1")))
    assert row["need_fte"] == "5.475"  # 8,760 hours over 1,600


def test_a_calendar_is_in_force_to_the_next_and_a_category_may_have_its_own(wisn):
    code, need, _, said = wisn(
        activities="activity_id,hours_per_case,category\nA,2,医师\nB,2,护士",
        workload="unit_id,year,activity_id,volume\nU1,2021,A,1\nU1,2021,B,1\nU1,2025,A,1",
        calendar=CALENDAR
        + "[[calendar]]\nfrom = 2025\npossible_days = 100\nhours_per_day = 8\n"
        + '[[calendar]]\nfrom = 2020\ncategory = "护士"\npossible_days = 150\nhours_per_day = 8\n',
    )
    assert code == 0, said
    assert [(r["year"], r["category"], r["available_hours"]) for r in need] == [
        ("2021", "医师", "1600"),
        ("2021", "护士", "1200"),
        ("2025", "医师", "800"),
    ]


def test_a_blank_grade_is_a_self_report(wisn):
    row = _one(
        wisn(
            activities="activity_id,hours_per_case\nA,1\nB,1\nC,1",
            workload="unit_id,year,activity_id,volume,source_grade\n"
            "U1,2021,A,50,系统导出\nU1,2021,B,30,\nU1,2021,C,20,自报",
        )
    )
    assert row["self_reported_share"] == "0.5"


def test_a_tenth_is_a_tenth(wisn):
    """.1 hours three times over .3 hours is one: no binary rest."""
    row = _one(
        wisn(
            activities="activity_id,hours_per_case\nA,.1",
            workload=FULL_LOAD.replace("8000", "3"),
            calendar="[[calendar]]\nfrom = 2020\npossible_days = 1\nhours_per_day = 0.3\n",
        )
    )
    assert row["need_fte"] == "1"


def test_the_order_of_rows_changes_nothing(wisn):
    activities = ["A,.3,.01", "B,7,.2", "C,.05,.001"]
    workload = ["U1,2021,A,7", "U1,2021,B,11", "U1,2021,C,13", "U2,2021,C,17", "U2,2020,A,5"]
    allowances = ["C1,category,,,.1,share,", "C2,category,,,.03,share,", "I1,individual,,U2,5,h/month,2"]

    def ask(turn):
        return wisn(
            "\n".join(["activity_id,hours_per_case,std_error", *turn(activities)]),
            "\n".join(["unit_id,year,activity_id,volume", *turn(workload)]),
            "\n".join([NO_ALLOWANCES, *turn(allowances)]),
        )[:3]

    assert ask(list) == ask(lambda rows: rows[::-1])


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"workload": FULL_LOAD + "\nU2,2021,Z,1"}, ("workload.csv", "第 3 行", "activity_id", "Z")),
        ({"workload": FULL_LOAD + "\nU1,2021,A,1"}, ("workload.csv", "第 3 行", "workload.csv:2")),
        ({"workload": FULL_LOAD + "\nU2,2021,A,"}, ("workload.csv", "第 3 行", "volume")),
        ({"workload": FULL_LOAD + "\nU2,2021,A,-1"}, ("workload.csv", "第 3 行", "volume", "-1")),
        ({"workload": FULL_LOAD.replace("2021", "2019")}, ("workload.csv", "year", "2019")),
        ({"activities": "activity_id,hours_per_case\nA,0"}, ("activities.csv", "第 2 行", "hours_per_case")),
        ({"activities": ONE_ACTIVITY + "\nA,3"}, ("activities.csv", "第 3 行", "activities.csv:2")),
        ({"allowances": f"{NO_ALLOWANCES}\nC,category,护士,,.1,share,"}, ("allowances.csv", "category", "护士")),
        ({"allowances": f"{NO_ALLOWANCES}\nC,category,,,.1,h/century,"}, ("allowances.csv", "measure", "h/century")),
        ({"allowances": f"{NO_ALLOWANCES}\nI,individual,,,.1,share,"}, ("allowances.csv", "第 2 行", "persons")),
        (
            {"allowances": f"{NO_ALLOWANCES}\nI,individual,,,1.5,share,2"},
            ("allowances.csv", "第 2 行", "amount", "1.5"),
        ),
        ({"allowances": "allowance_id,form,amount,persons"}, ("allowances.csv", "measure")),
        ({"activities": "activity_id,hours_per_case\nA,1e300", "workload": FULL_LOAD + "e300"}, ("U1", "2021")),
        ({"staff": "unit_id,year,category,staff\nU1,2021,护士,2"}, ("staff.csv", "第 2 行", "护士")),
        ({"staff": "unit_id,year,category,staff\nU1,2021,,2\nU1,2021,,3"}, ("staff.csv", "第 3 行", "staff.csv:2")),
        ({"calendar": CALENDAR + "annual_leave = 200\n"}, ("calendar.toml",)),
        ({"calendar": CALENDAR + "holidays = 11\n"}, ("calendar.toml", "holidays")),
        ({"calendar": CALENDAR + "sick_leave = -1\n"}, ("calendar.toml", "sick_leave", "-1")),
        ({"calendar": CALENDAR + CALENDAR}, ("calendar.toml", "from = 2020")),
    ],
)
def test_what_cannot_be_right_is_named_and_nothing_written(wisn, files, named):
    code, need, _, said = wisn(**files)
    assert (code, need) == (2, [])
    assert all(word in said for word in named), said


def test_an_allowance_names_a_year_that_no_calendar_covers(wisn):
    """The calendar is for nurses; the unit's own allowance asks for doctors."""
    code, need, _, said = wisn(
        activities="activity_id,hours_per_case,category\nA,2,医师\nB,2,护士",
        workload="unit_id,year,activity_id,volume\nU1,2021,B,1",
        allowances=f"{NO_ALLOWANCES}\nI,individual,医师,U1,800,h/year,2",
        calendar=CALENDAR + 'category = "护士"\n',
    )
    assert (code, need) == (2, [])
    assert all(word in said for word in ("allowances.csv", "第 2 行", "2021", "医师")), said


def test_an_unreadable_cell_is_not_missing_as_well(wisn):
    said = wisn(allowances=f"{NO_ALLOWANCES}\nI,individual,,,1,h/day,two")[3]
    assert "IN-E4" in said and "IN-E10" not in said


def test_a_great_error_of_a_unit_time_is_printed_as_it_is(wisn):
    row = _one(wisn(activities="activity_id,hours_per_case,std_error\nA,2,1e200"))
    assert float(row["std_error"]) == pytest.approx(8000 * 1e200 / 1600)


def test_the_folder_that_is_read_takes_no_results(wisn, tmp_path, capsys):
    wisn()
    assert main(["wisn", str(tmp_path / "in0"), "--out", str(tmp_path / "in0" / "deep" / "out")]) == 2
    assert "ND-E14" in capsys.readouterr().err and not (tmp_path / "in0" / "deep").exists()


def test_the_screen_shows_csv_and_json_as_well(wisn, tmp_path, capsys):
    wisn()
    assert main(["wisn", str(tmp_path / "in0"), "--format", "csv"]) == 0
    assert capsys.readouterr().out.lstrip("\ufeff").startswith("unit_id,year,category,available_hours,")
    assert main(["wisn", str(tmp_path / "in0"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["need"][0]["need"], found["need"][0]["staff"], found["steps"][0]["cause"]) == (10, None, "activity")


def test_all_faults_of_all_files_are_told_together(wisn):
    code, _, _, said = wisn(
        activities="activity_id,hours_per_case\nA,two",
        workload="unit_id,year,activity_id,volume\nU1,2021,Z,1",
        allowances=f"{NO_ALLOWANCES}\nC,category,,,1,h/century,",
        calendar=CALENDAR + "x = 1\n",
    )
    assert code == 2
    assert all(f"{name} |" in said for name in ("activities.csv", "workload.csv", "allowances.csv", "calendar.toml"))


def test_a_missing_file_is_named(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    assert main(["wisn", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("activities.csv", "workload.csv", "allowances.csv", "calendar.toml"))
    assert "staff.csv" not in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workload", [FULL_LOAD, FULL_LOAD.replace("8000", "x"), FULL_LOAD.replace("A", "Z")])
def test_a_level_outside_0_and_1_is_refused_with_all_else(wisn, workload):
    code, _, _, said = wisn(ONE_ACTIVITY, workload, NO_ALLOWANCES, CALENDAR, None, "--level", "1")
    assert code == 2 and said.count("ND-E8") == 1
    assert ("workload.csv" in said) == (workload != FULL_LOAD)
