import numpy as np

from facepencil.sketch.contour import BROWS, EYES, LIPS, NOSE, draw
from facepencil.sketch.parts import part_map
from facepencil.strokes.strokes import Facial

SIZE = 128


def face():
    """A mesh whose parts lie where a face has them, the rest in the middle of the canvas."""
    points = np.full((468, 2), SIZE / 2, np.float32)
    places = zip([*BROWS, *EYES], [(40, 40), (88, 40), (40, 55), (88, 55)], strict=True)
    for chain, place in places:
        points[list(chain)] = around(len(chain), 8, 3, place)
    points[list(NOSE[0])] = around(len(NOSE[0]), 8, 4, (64, 75))
    for chain in LIPS:
        points[list(chain)] = around(len(chain), 14, 5, (64, 95))
    return points


def around(count, width, height, middle):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return middle + np.stack([width * np.cos(angle), height * np.sin(angle)], 1)


def test_the_lines_of_a_part_belong_to_it():
    found = part_map(face(), SIZE)
    expected = {Facial.LEFT_EYE: EYES[:1], Facial.RIGHT_BROW: BROWS[1:], Facial.MOUTH: LIPS}
    for part, chains in expected.items():
        assert (found[draw(face(), chains, SIZE)] == part).all()


def test_what_is_far_from_all_parts_is_the_rest():
    found = part_map(face(), SIZE)
    assert (found[:20] == Facial.REST).all() and (found[-20:] == Facial.REST).all()


def test_without_a_mesh_all_is_the_rest():
    assert not part_map(None, SIZE).any()
