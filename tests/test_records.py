"""Records read back as they were written, and what is none is named."""

import pytest

from facepencil.records import Record, read_record


class Size(Record):
    px: int
    note: str | None = None


def test_a_record_reads_back(tmp_path):
    path = tmp_path / "size.json"
    path.write_text(Size(px=64).text())
    assert path.read_text() == '{\n "px": 64\n}\n'
    assert read_record(path, Size, "a size") == Size(px=64)


@pytest.mark.parametrize("text", ['{"px": 1.5}', '{"px": 1, "more": 2}', '{"px"', ""])
def test_what_is_no_record_is_named(tmp_path, text):
    path = tmp_path / "size.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"size\.json: expected a size: "):
        read_record(path, Size, "a size")
