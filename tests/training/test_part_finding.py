"""The finder learns from sketches whose parts are known, and from no others."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from facepencil.config.finder import FinderParams
from facepencil.device import prepare_device
from facepencil.seeds import rng_of
from facepencil.strokes.part_raster import NOWHERE, finder_input, labels_of
from facepencil.strokes.scatter import mirrored
from facepencil.strokes.strokes import Facial, Strokes, no_strokes
from facepencil.training.part_finding import changed, found_right, mean_layout, train_finder

BRIEF = FinderParams(channels=4, samples=8, batch=4)


def two_lines() -> Strokes:
    """An eye at the left and a mouth below, each a straight line of 64 px."""
    ends = np.array([[[100, 200], [164, 200]], [[224, 400], [288, 400]]], np.float32)
    steps = np.linspace(0, 1, 4, dtype=np.float32)[None, :, None]
    points = ends[:, :1] + steps * (ends[:, 1:] - ends[:, :1])
    segments = np.arange(8, dtype=np.int32).reshape(2, 4)
    parts = np.array([Facial.LEFT_EYE, Facial.MOUTH], np.uint8)
    return Strokes(points.reshape(-1, 2), segments, np.arange(3, dtype=np.int32), parts)


def test_a_pixel_has_the_part_of_its_lines():
    labels, sketch = labels_of(two_lines()), finder_input(two_lines())
    assert (labels[24:26, 13:20] != NOWHERE).any()
    assert set(np.unique(labels[:30])) == {Facial.LEFT_EYE, NOWHERE}
    assert set(np.unique(labels[30:])) == {Facial.MOUTH, NOWHERE}
    assert np.array_equal(labels != NOWHERE, sketch > 0)


def test_the_layout_is_where_parts_lie_in_the_mean():
    lower = replace(two_lines(), points=two_lines().points + np.array([0, 10], np.float32))
    layout = mean_layout([two_lines(), lower, no_strokes()])
    assert layout == {"LEFT_EYE": (132.0, 205.0), "MOUTH": (256.0, 405.0)}


def test_in_a_mirror_left_is_right():
    seen = mirrored(two_lines())
    assert seen.parts.tolist() == [Facial.RIGHT_EYE, Facial.MOUTH]
    assert np.array_equal(seen.points[0], [512 - 100, 200])
    np.testing.assert_allclose(mirrored(seen).points, two_lines().points, atol=1e-4)


def test_what_is_drawn_depends_on_the_face_and_its_pass():
    first, again, other = (changed(two_lines(), rng_of("a", k)).points for k in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_the_same_sketches_give_the_same_weights():
    device = prepare_device(1, "float32")
    nets = [train_finder(["a"], [two_lines()], BRIEF, device) for _ in range(2)]
    assert all(map(torch.equal, nets[0].state_dict().values(), nets[1].state_dict().values()))


def test_sketches_without_labels_teach_nothing():
    device = prepare_device(1, "float32")
    blank = replace(two_lines(), parts=np.zeros(2, np.uint8))
    alone = train_finder(["a"], [two_lines()], BRIEF, device)
    among = train_finder(["b", "a"], [blank, two_lines()], BRIEF, device)
    assert all(map(torch.equal, alone.state_dict().values(), among.state_dict().values()))
    untrained = train_finder(["b"], [blank], BRIEF, device)
    assert not torch.equal(untrained.head.weight, alone.head.weight)


@pytest.mark.slow
def test_the_parts_of_faces_never_seen_are_found(trained_finder):
    """Chance is one in eight."""
    net, _, unseen = trained_finder
    assert found_right(net.net, list(unseen), list(unseen.values())) > 0.7
