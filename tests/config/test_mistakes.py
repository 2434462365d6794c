"""Whatever is wrong in a params file is told with its line, what stands there, what should."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from facepencil.config.params import Params
from facepencil.config.section import VARIED
from tests.config.edits import TEXT, edited, line_of

Told = Callable[[str], list[str]]
VALUES = yaml.safe_load(TEXT)
SECTIONS = [name for name, value in VALUES.items() if isinstance(value, dict)]
NAMED = ("tables", "variants")
"""Sections whose keys are names that users choose."""
ALONE = ("run", "seeds")
"""Without it, its section is none at all."""
KEYS = [
    (section, key) for section in SECTIONS if section not in NAMED for key in VALUES[section]
] + [(key,) for key in VALUES if key not in SECTIONS]
"""Place of every value that is no section: ("train", "batch"), ("seed",)."""

WRONG = {
    "integer": ["1.5", "1.0", "true", '"8"', "eight", "-1", "10000000000", "[1]", "{a: 1}", ".nan"],
    "number": ["true", '"8"', "eight", "-1", "10000000000", "1e+12", "[1]", ".nan", ".inf"],
    "boolean": ["1", "0", '"true"', "[true]", "maybe"],
    "string": ["1", "[a]", "true", '""'],
    "array": ["1", "{a: 1}", "[]", "[[1]]", "[-1]", "[null]", "word"],
}
"""By type of a key: values of another type, or out of any range."""


def schema_of(place: tuple[str, ...]) -> dict[str, Any]:
    owner: type[BaseModel] = Params
    if len(place) == 2:
        owner = Params.model_fields[place[0]].annotation  # type: ignore[assignment]
    found = owner.model_json_schema()["properties"][place[-1]]
    return found["anyOf"][0] if "anyOf" in found else found


def wrong_values() -> list[tuple[tuple[str, ...], str]]:
    pairs = [(place, text) for place in KEYS for text in WRONG[schema_of(place)["type"]]]
    nullable = {("download", "limit"), ("drawings", "folder"), ("evaluate", "inception")}
    pairs.remove((("deform", "kinds"), "[]"))  # the usual: none
    return pairs + [(place, "null") for place in KEYS if place not in nullable]


def line_at(place: tuple[str, ...]) -> int:
    """Line of a key in the preset's text."""
    lines, inside = TEXT.splitlines(), ""
    for number, line in enumerate(lines, 1):
        inside = line.partition(":")[0] if re.match(r"\w", line) else inside
        if line.strip().startswith(f"{place[-1]}:") and inside == place[0]:
            return number
    raise AssertionError(place)


def with_line(number: int, new: str | None) -> str:
    lines = TEXT.splitlines()
    lines[number - 1 : number] = [] if new is None else [new]
    return "\n".join(lines)


@pytest.mark.parametrize(("place", "value"), wrong_values(), ids=lambda part: str(part))
def test_a_wrong_value_is_told(told: Told, place: tuple[str, ...], value: str) -> None:
    number = line_at(place)
    indent = "  " * (len(place) - 1)
    rows = told(with_line(number, f"{indent}{place[-1]}: {value}"))
    key = re.escape(".".join(place))
    assert all(re.match(rf"  line {number} +{key}(\[0\])?: got .+, expected ", r) for r in rows)
    assert len(rows) == 1


@pytest.mark.parametrize("place", [key for key in KEYS if key[0] in VARIED], ids=".".join)
def test_a_wrong_override_is_told(told: Told, place: tuple[str, ...]) -> None:
    section, key = place
    mine = f"mine: {{{section}: {{{key}: {WRONG[schema_of(place)['type']][0]}}}}}"
    text = edited(("ours: {}", f"ours: {{}}\n  {mine}"))
    rows = [row for row in told(text) if f" variants.mine.{section}.{key}" in row]
    number = line_of(text, mine)
    assert len(rows) == 1 and re.match(rf"  line {number} .*: got .+, expected ", rows[0])


@pytest.mark.parametrize("place", [key for key in KEYS if key != ALONE], ids=".".join)
def test_a_missing_key_is_told(told: Told, place: tuple[str, ...]) -> None:
    key, advice = told(with_line(line_at(place), None))
    assert f" {'.'.join(place)}: missing, expected " in key
    assert f"line {line_of(TEXT, f'{place[0]}:')} " in key or len(place) == 1
    assert advice.endswith("writes in what is missing")
    assert re.search(r"`facepencil config refresh \S+mine\.yaml`", advice)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_missing_section_is_told_once(told: Told, section: str) -> None:
    without = {name: value for name, value in VALUES.items() if name != section}
    rows = told(yaml.safe_dump(without))
    assert f" {section}: missing, expected " in rows[0]
    assert len(rows) == 2 and "config refresh" in rows[1]


@pytest.mark.parametrize("place", KEYS, ids=".".join)
def test_an_unknown_key_is_told_with_the_one_that_was_meant(
    told: Told, place: tuple[str, ...]
) -> None:
    number = line_at(place)
    line = TEXT.splitlines()[number - 1].replace(f"{place[-1]}:", f"{place[-1]}x:", 1)
    rows = told(with_line(number, line))
    asked = f"no such key; did you mean {place[-1]}?"
    assert any(re.match(rf"  line {number} .*{place[-1]}x: {re.escape(asked)}", r) for r in rows)


@pytest.mark.parametrize("section", [name for name in SECTIONS if name not in NAMED])
@pytest.mark.parametrize("value", ["null", "1", "[a]", "word"])
def test_a_section_that_is_none_is_told(told: Told, section: str, value: str) -> None:
    text = yaml.safe_dump({**VALUES, section: "HERE"}).replace("HERE", value)
    (row,) = told(text)
    number = line_of(text, f"{section}:")
    assert re.match(rf"  line {number} +{section}: got .+, expected keys and their values", row)


@pytest.mark.parametrize(
    ("edits", "rows"),
    [
        (
            [("shards: [0, 1", "shards: [0, 2")],
            ["shards[1]: got 2, expected 1: shards count up from 0"],
        ),
        (
            [("level: 11", "level: 12")],
            ["report.level: got 12, expected one of deform.levels: 0, 11, 20, 30"],
        ),
        ([("size: 64", "size: 63")], ["model.size: got 63, expected a multiple of 8 (2^downs)"]),
        ([("size: 64", "size: 512")], ["model.size: got 512, expected at most 256 (sketch.size)"]),
        ([("[1, 3, 5, 7]", "[1, 4]")], ["model.sap_widths[1]: got 4, expected an odd number"]),
        ([("sap_kernel: 5", "sap_kernel: 2")], ["model.sap_kernel: got 2, expected an odd number"]),
        (
            [("test: 0.2", "test: 0.99")],
            ["split.val: got 0.02, expected less than 1 - 0.99 (split.test)"],
        ),
        ([("seeds: [0]", "seeds: [3, 3]")], ["run.seeds[1]: got 3, expected each only once"]),
        (
            [("[ours, baseline_deform", "[ours, ours")],
            ['tables.main[1]: got "ours", expected each only once'],
        ),
        (
            [("[0, 11, 20, 30]", "[0, 11, 11.0]")],
            ["deform.levels[2]: got 11.0, expected each only once"],
        ),
        (
            [("vgg_px: 48", "vgg_px: 7")],
            ["train.vgg_px: got 7, expected a whole number from 8 to 4096"],
        ),
        (
            [("main: [ours", "main: [hers")],
            [
                'tables.main[0]: got "hers", expected one of `variants`: '
                "ours, baseline_deform, baseline, pix2pix"
            ],
        ),
        (
            [("level: 11", "level: 12"), ("size: 64", "size: 63"), ("batch: 8", "batch: 0")],
            [
                "sketch.batch: got 0, expected a whole number of at least 1",
                "model.size: got 63, expected a multiple of 8 (2^downs)",
                "report.level: got 12, expected one of deform.levels: 0, 11, 20, 30",
            ],
        ),
        ([("crop:", "crop:\n  sise: 3")], ["crop.sise: no such key; did you mean size?"]),
        (
            [("crop:", "crop:\n  log_every: 3")],
            ["crop.log_every: no such key; it belongs to watch"],
        ),
        ([("seed: 0", "seed: 0\nzzz: 3")], ["zzz: no such key"]),
        ([("seed: 0", "seed: 0\nseed: 1")], ["seed: stands there twice, first on line 2"]),
        (
            [("  limit:", "  7: 1\n  limit:")],
            ["download.7: a key must be text: write it in quotes"],
        ),
        (
            [("gan: lsgan", "gan: wgan")],
            ['train.gan: got "wgan", expected one of lsgan, hinge, vanilla'],
        ),
        (
            [("[0, 0, 8000]", "[0, 8000]")],
            ["train.stages: got [0, 8000], expected a list of 3 whole numbers of at least 0"],
        ),
        ([("ema: 0.998", "ema: 2")], ["train.ema: got 2, expected a number from 0 to 1"]),
    ],
)
def test_contradictions_and_slips(told: Told, edits: list[Any], rows: list[str]) -> None:
    assert [row.split(maxsplit=2)[2] for row in told(edited(*edits))] == rows


def test_lines_are_those_of_the_file(told: Told) -> None:
    text = edited(
        ("batch: 8", "batch: 0"), ("ours: {}", "ours: {}\n  mine:\n    train:\n      gfm_wight: 0")
    )
    first, second = told(text)
    assert first.startswith(f"  line {line_of(text, 'batch: 0')} ")
    asked = "variants.mine.train.gfm_wight: no such key; did you mean gfm_weight?"
    assert second == f"  line {line_of(text, 'gfm_wight')}  {asked}"


@pytest.mark.parametrize("text", ["", "{}", "# nothing\n", "a: 1\nb: 2\nc: 3\n"])
def test_twelve_lines_are_enough(told: Told, text: str) -> None:
    rows = told(text)
    assert len(rows) == 11
    assert re.fullmatch(r"  \.\.\. and \d+ more", rows[-2]) and "config refresh" in rows[-1]


def test_two_hundred_mistakes_are_twelve_lines(told: Told) -> None:
    text = edited(("seed: 0", "\n".join(["seed: 0", *(f"x{n}: 1" for n in range(200))])))
    rows = told(text)
    assert len(rows) == 11 and rows[-1] == "  ... and 190 more"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("level: 11", "level: [1", "not YAML: while parsing a flow sequence"),
        ("level: 11", "\tlevel: 1", "cannot start any token"),
        ("level: 11", "level: *x", "undefined alias"),
        ("level: 11", "level: !!python/object:os.system x", "could not determine a constructor"),
        ("level: 11", "level: " + "1" * 5000, "no number"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(told: Told, old: str, new: str, said: str) -> None:
    (row,) = told(edited((old, new)))
    number = line_of(TEXT, old)
    assert re.match(rf"  line ({number}|{number + 1})  ", row) and said in row


def test_a_file_of_something_else_is_told(told: Told) -> None:
    assert told("[1, 2]") == ["  line 1  got [1, 2], expected sections and their keys"]
    assert told("word") == ['  line 1  got "word", expected sections and their keys']


def test_an_alias_of_itself_ends(told: Told) -> None:
    assert len(told("seed: &a [*a]")) == 11


def test_what_stands_there_is_shown_plain_and_short(told: Told) -> None:
    (row,) = told(edited(("source: celeba-mini", 'source: "\\e[31m' + "x" * 1000 + '"')))
    assert "\x1b" not in row and len(row) < 200
