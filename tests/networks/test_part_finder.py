import pytest
import torch

from facepencil.networks.finder_file import Finder, load_finder, save_finder
from facepencil.networks.part_finder import PartFinder

LAYOUT = {"MOUTH": (256.0, 380.25)}


def finder() -> Finder:
    torch.manual_seed(0)
    return Finder(PartFinder(4, 8), LAYOUT)


@pytest.mark.parametrize("size", [32, 64])
def test_every_pixel_has_a_logit_for_each_part(size):
    assert finder().net(torch.rand(2, 1, size, size)).shape == (2, 8, size, size)


def test_a_corner_is_seen_from_the_other_one():
    """What a pixel is depends on where on the face it lies, so all of the page must count."""
    blank = torch.zeros(1, 1, 64, 64)
    dotted = blank.clone()
    dotted[..., 2, 2] = 1
    net = finder().net
    assert (net(blank) - net(dotted))[..., -1, -1].abs().max() > 1e-6


def test_a_file_holds_all_that_a_finder_is(tmp_path):
    before = finder()
    save_finder(tmp_path / "a", before)
    save_finder(tmp_path / "b", before)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    after = load_finder(tmp_path / "a")
    sketch = torch.rand(1, 1, 64, 64)
    assert torch.equal(before.net(sketch), after.net(sketch))
    assert after.layout == LAYOUT


def test_what_is_no_finder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent: no such finder"):
        load_finder(tmp_path / "absent")
    (tmp_path / "bad").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="bad: expected a finder"):
        load_finder(tmp_path / "bad")
