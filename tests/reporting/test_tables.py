import csv

from facepencil.reporting.rows import Row
from facepencil.reporting.tables import Table, csv_text, latex, lettered, markdown, pivot

COLUMNS = ["variant", "level", "metric", "value", "low", "high", "n", "seeds", "letters"]
ROWS = [
    Row(variant, f"{level}", metric, value + level / 1000, value - 0.01, value + 0.02, 199, 1)
    for metric, value in (("LPIPS-Alex", 0.21), ("FD-EffLite0", 43.0))
    for variant in ("baseline_deform", "ours")
    for level in (0, 11)
]


def table():
    return Table("Robustness", pivot(ROWS, ["metric", "variant"], "level", 3), "N = 199, 95%.")


def test_csv_is_long_and_reads_back():
    lines = list(csv.DictReader(csv_text(ROWS).splitlines()))
    assert list(lines[0]) == COLUMNS
    assert len(lines) == len(ROWS)
    assert lines[1]["level"] == "11" and float(lines[1]["value"]) == ROWS[1].value


def test_wide_has_a_line_for_each_metric_and_variant():
    wide = pivot(ROWS, ["metric", "variant"], "level", 3)
    assert list(wide) == ["metric", "variant", "d = 0", "d = 11"]
    second = ["LPIPS-Alex", "ours", "0.210 [0.200, 0.230]", "0.221 [0.200, 0.230]"]
    assert wide.iloc[1].to_list() == second
    assert wide.iat[3, 2] == "43.0 [43.0, 43.0]"
    wide = pivot([row for row in ROWS if row.level == "0"], ["variant"], "metric", 2)
    assert list(wide) == ["variant", "LPIPS-Alex", "FD-EffLite0"]
    assert wide.iloc[0].to_list() == ["baseline_deform", "0.21 [0.20, 0.23]", "43 [43, 43]"]


def test_markdown_lines_up_and_ends_with_the_note():
    lines = markdown(table()).splitlines()
    grid = [line for line in lines if line.startswith("|")]
    assert len(grid) == 6
    bars = {tuple(place for place, sign in enumerate(line) if sign == "|") for line in grid}
    assert len(bars) == 1
    assert lines[-1] == "N = 199, 95%."


def test_latex_is_balanced_and_escaped():
    text = latex(table())
    assert text.count(r"\begin") == text.count(r"\end") == 2
    assert text.count("{") == text.count("}")
    assert r"baseline\_deform" in text and r"95\%" in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {line.count("&") for line in rows} == {3}


def test_no_rows_make_a_table_of_no_rows():
    empty = pivot([], ["variant"], "level", 3)
    assert list(empty) == ["variant"] and empty.empty
    assert "| variant" in markdown(Table("None", empty, "N = 0"))
    assert r"\midrule" in latex(Table("None", empty, "N = 0"))
    assert csv_text([]).splitlines() == [",".join(COLUMNS)]


def lettered_table(marks):
    rows = [
        Row(name, "11", metric, value, 0.0, 1.0, 9, 1, mark)
        for metric in ("L1", "SSIM")
        for (name, mark), value in zip(marks.items(), (0.2, 0.3, 0.4), strict=True)
    ]
    return lettered(rows, {"L1": "low", "SSIM": "high"}, 2)


def test_the_best_is_bold_only_if_no_row_shares_its_letters():
    cells = lettered_table({"a": "a", "b": "b", "c": "b"})
    assert list(cells) == ["variant", "L1 ↓", "SSIM ↑"]
    assert cells["L1 ↓"].to_list() == ["**0.20** a", "0.30 b", "0.40 b"]
    assert cells["SSIM ↑"].to_list() == ["0.20 a", "0.30 b", "0.40 b"]
    text = latex(Table("All", cells, ""))
    assert r"\textbf{0.20} a" in text and r"L1 $\downarrow$" in text and "**" not in text


def test_the_best_of_more_rows_than_letters_is_bold():
    cells = lettered_table({"a": "a1", "b": "b1", "c": "a"})
    assert cells["L1 ↓"].to_list() == ["**0.20** a1", "0.30 b1", "0.40 a"]


def test_letters_that_overlap_leave_nothing_bold():
    cells = lettered_table({"a": "a", "b": "ab", "c": "b"})
    assert not [text for text in cells.to_numpy().ravel() if "**" in text]
