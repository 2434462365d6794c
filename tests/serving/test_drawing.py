import cv2
import numpy as np
import PIL.Image
import pytest
from PIL.ExifTags import Base

from facepencil.serving.drawing import placed_badly, read_grey, strokes_of
from facepencil.serving.paint import seen


def doodle(side=400, width=3):
    """A face of a few lines, black on white."""
    scale, paper = side / 400, np.full((side, side), 255, np.uint8)

    def at(*lengths):
        return tuple(round(length * scale) for length in lengths)

    cv2.ellipse(paper, at(200, 210), at(120, 160), 0, 0, 360, 0, width)
    cv2.circle(paper, at(156, 180), *at(16), 0, width)
    cv2.circle(paper, at(244, 180), *at(16), 0, width)
    cv2.ellipse(paper, at(200, 290), at(40, 16), 0, 0, 180, 0, width)
    return paper


def on_paper(grey, contrast=0.5):
    """As a photo: light falls from the side, and the sensor has noise."""
    right = np.linspace(90, 230, grey.shape[1])[None]
    noise = np.random.default_rng(0).normal(0, 4, grey.shape)
    ink = contrast * (1 - grey / 255)
    return np.clip(right * (1 - ink) + noise, 0, 255).astype(np.uint8)


def drawn(grey):
    return seen(strokes_of(grey), 64)


def near(some, other):
    """Share of either's lines that lie within a pixel of the other's."""
    found = []
    for a, b in ((some > 0.3, other > 0.3), (other > 0.3, some > 0.3)):
        wide = cv2.dilate(b.astype(np.uint8), np.ones((3, 3), np.uint8))
        found.append((a & (wide > 0)).sum() / a.sum())
    return min(found)


@pytest.mark.parametrize("width", [1, 2, 5, 9, 14])
def test_line_width_leaves_no_trace(width):
    assert near(drawn(doodle(width=width)), drawn(doodle())) > 0.97


@pytest.mark.parametrize("side", [100, 257, 512, 1000, 3000])
def test_nor_does_the_size_of_the_drawing(side):
    other = doodle(side, max(1, side // 150))
    assert near(drawn(other), drawn(doodle())) > 0.97


@pytest.mark.parametrize(
    "kind",
    [
        lambda grey: 255 - grey,
        on_paper,
        lambda grey: on_paper(grey, 0.3),
        lambda grey: 255 - on_paper(grey),
        lambda grey: (110 + grey * (90 / 255)).astype(np.uint8),
    ],
    ids=["light on dark", "shadow", "faint pencil", "chalk on a board", "greyish page"],
)
def test_nor_do_paper_and_light(kind):
    assert near(drawn(kind(doodle())), drawn(doodle())) > 0.97


@pytest.mark.parametrize("shape", [(1000, 400), (400, 731)])
def test_what_is_not_square_is_padded_with_paper(shape):
    large = np.full(shape, 255, np.uint8)
    top, left = (shape[0] - 400) // 2, (shape[1] - 400) // 2
    large[top : top + 400, left : left + 400] = doodle()
    points, scale = strokes_of(large).points, 512 / max(shape)
    middle = (points.min(0) + points.max(0)) / 2
    assert abs(middle - [256, 256 + 10 * scale]).max() < 3


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_page_has_no_strokes(grey):
    page = np.full((300, 300), grey, np.uint8)
    assert len(strokes_of(page).segments) == 0
    noise = np.random.default_rng(0).integers(-4, 5, page.shape)
    noisy = np.clip(page + noise, 0, 255).astype(np.uint8)
    assert grey == 0 or len(strokes_of(noisy).segments) == 0


def test_kinds_of_files_are_read_alike(tmp_path):
    ink = doodle()
    alike = {
        "grey.png": ink,
        "colour.png": np.dstack([ink] * 3),
        "deep.png": ink.astype(np.uint16) * 257,
        "clear.png": np.dstack([np.zeros((*ink.shape, 3), np.uint8), 255 - ink]),
    }
    for name, pixels in alike.items():
        assert cv2.imwrite(str(tmp_path / name), pixels)
        assert np.array_equal(read_grey(tmp_path / name), ink), name


def test_what_is_no_drawing_is_named(tmp_path):
    (tmp_path / "text.png").write_text("no image")
    for name, wanted in {
        "absent.png": "no such drawing",
        ".": "a folder",
        "text.png": "unknown format",
    }.items():
        with pytest.raises(ValueError, match=wanted) as told:
            read_grey(tmp_path / name)
        assert str(tmp_path / name) in str(told.value)


def test_tiny_and_off_centre_drawings_are_said_to_be_so():
    page = np.full((2000, 2000), 255, np.uint8)
    assert placed_badly(strokes_of(doodle())) == ""
    tiny, corner = page.copy(), np.full((900, 900), 255, np.uint8)
    tiny[800:1200, 800:1200] = doodle()
    corner[:400, :400] = doodle()
    assert placed_badly(strokes_of(tiny)).startswith("tiny: its lines extend over 1")
    assert placed_badly(strokes_of(corner)).startswith("off-centre: its lines' middle is 2")


def test_one_stroke_and_ten_thousand():
    line = np.full((300, 300), 255, np.uint8)
    cv2.line(line, (30, 60), (270, 200), 0, 3)
    assert len(strokes_of(line).starts) == 2
    ends = np.random.default_rng(0).integers(0, 2000, (10_000, 2, 2))
    many = np.full((2000, 2000), 255, np.uint8)
    for start, end in ends.tolist():
        cv2.line(many, start, (start[0] + end[0] // 50, start[1] + end[1] // 50), 0, 1)
    assert seen(strokes_of(many), 64).mean() > 0.5


def test_a_photo_taken_sideways_is_upright(tmp_path):
    ink = doodle()
    turned = PIL.Image.fromarray(np.rot90(ink))
    exif = PIL.Image.Exif()
    exif[Base.Orientation] = 6  # to be turned clockwise
    turned.save(tmp_path / "phone.png", exif=exif)
    assert np.array_equal(read_grey(tmp_path / "phone.png"), ink)
