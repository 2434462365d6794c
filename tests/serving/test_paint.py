import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from facepencil.cli import app
from facepencil.config.model import ModelParams
from facepencil.images import decode_png
from facepencil.networks.finder_file import save_finder
from facepencil.networks.generator import build_main
from facepencil.networks.painter import load_painter, save_painter
from facepencil.serving.drawing import read_grey, strokes_of
from facepencil.serving.paint import read_drawing, seen
from facepencil.serving.seen_sheet import SEEN_PX
from facepencil.strokes.pen import painter_input
from facepencil.strokes.raster import rasterize
from facepencil.strokes.svg import to_svg
from tests.serving.test_drawing import doodle
from tests.serving.test_placing import AWAY

MODEL = ModelParams(kind="single", sap=False, size=32, channels=4, downs=2, blocks=1)


@pytest.fixture
def desk(tmp_path):
    """A model and two drawings."""
    torch.manual_seed(0)
    save_painter(tmp_path / "0.safetensors", build_main(MODEL, None), MODEL, {})
    cv2.imwrite(str(tmp_path / "a.png"), doodle())
    cv2.imwrite(str(tmp_path / "b.jpg"), doodle(300, 6))
    return tmp_path


def paint(desk, *drawings, model="0.safetensors", out="faces"):
    paths = [str(desk / name) for name in drawings]
    options = ["--model", str(desk / model), "--out", str(desk / out)]
    return CliRunner().invoke(app, ["paint", *paths, *options])


def test_strokes_are_seen_as_in_training():
    strokes = strokes_of(doodle())
    expected = painter_input(rasterize(strokes.points, strokes.segments, 256), 32)
    assert np.array_equal(seen(strokes, 32), expected)
    assert seen(strokes, 512).shape == (512, 512)


def test_each_drawing_gets_the_face_that_the_model_paints(desk):
    done = paint(desk, "a.png", "b.jpg")
    assert done.exit_code == 0, done.output
    names = {"a.png": "a.png", "b.jpg": "b.png"}
    assert done.stdout.split() == [str(desk / "faces" / name) for name in names.values()]
    net = load_painter(desk / "0.safetensors").net
    for drawing, name in names.items():
        face = decode_png((desk / "faces" / name).read_bytes())
        sketch = torch.from_numpy(seen(strokes_of(read_grey(desk / drawing)), 32))[None, None]
        with torch.inference_mode():
            image = net(sketch).image[0]
        assert face.shape == (32, 32, 3)
        assert np.abs(face / 127.5 - 1 - image.permute(1, 2, 0).numpy()).max() < 1 / 127


@pytest.mark.parametrize("bad", ["0.safetensors", "a.png"])
def test_bad_input_is_named_and_nothing_is_written(desk, bad):
    (desk / bad).write_bytes(b"nonsense")
    _told(desk, paint(desk, "b.jpg", "a.png"), bad)


def test_each_mistake_has_a_line_of_its_own(desk):
    cv2.imwrite(str(desk / "blank.png"), np.full((90, 90), 255, np.uint8))
    cv2.imwrite(str(desk / "b.png"), doodle())
    (desk / "file").write_text("")
    _told(desk, paint(desk, "absent.png"), "absent.png: no such drawing")
    _told(desk, paint(desk, "a.png", model="absent"), "absent: no such model")
    _told(desk, paint(desk, "blank.png"), "blank.png: no lines found")
    _told(desk, paint(desk, "b.jpg", "b.png"), "b.png: its face would be")
    _told(desk, paint(desk, "a.png", out="file"), "file: a file; expected a folder")
    before = (desk / "a.png").read_bytes()
    _told(desk, paint(desk, "a.png", out="."), "a.png: its face would be written over it")
    assert (desk / "a.png").read_bytes() == before


def test_an_svg_drawing_is_painted_as_its_strokes(desk):
    strokes = strokes_of(doodle())
    (desk / "lines.svg").write_text(to_svg(strokes))
    done = paint(desk, "lines.svg")
    assert done.exit_code == 0, done.output
    assert (desk / "faces" / "lines.png").is_file()
    again = seen(read_drawing(desk / "lines.svg"), 64)
    assert np.abs(again - seen(strokes, 64)).mean() < 0.005


def test_a_drawing_badly_placed_is_painted_and_said_to_be_so(desk):
    page = np.full((2000, 2000), 255, np.uint8)
    page[800:1200, 800:1200] = doodle()
    cv2.imwrite(str(desk / "small.png"), page)
    done = paint(desk, "a.png", "small.png")
    assert done.exit_code == 0 and (desk / "faces" / "small.png").is_file()
    assert "small.png: tiny" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_drawing_is_placed_by_its_parts_unless_asked_not_to_be(desk, trained_finder):
    """Beside each face lies a sheet of four pictures; what comes next is in its place."""
    away = AWAY.strokes(next(iter(trained_finder.seen.values())))
    (desk / "away.svg").write_text(to_svg(away))
    save_finder(desk / "finder", trained_finder.finder)
    options = ["--model", str(desk / "0.safetensors"), "--finder", str(desk / "finder")]
    faces = []
    for place, extra in ("placed", []), ("left", ["--as-is"]):
        out = ["--out", str(desk / place)]
        done = CliRunner().invoke(app, ["paint", str(desk / "away.svg"), *options, *out, *extra])
        assert done.exit_code == 0, done.output
        assert ("by parts" in done.stderr) == (place == "placed")
        faces.append(decode_png((desk / place / "away.png").read_bytes()))
        sheet = decode_png((desk / place / "away.seen.png").read_bytes())
        assert sheet.shape[1] > 4 * SEEN_PX
    assert not np.array_equal(*faces)


def test_a_finder_that_is_none_is_named(desk):
    paths = [str(desk / "a.png"), "--model", str(desk / "0.safetensors")]
    done = CliRunner().invoke(app, ["paint", *paths, "--finder", str(desk / "a.png")])
    _told(desk, done, "a.png: expected a finder")


def _told(desk, done, text):
    assert done.exit_code == 1
    assert text in done.stderr and done.stderr.count("\n") == 1
    assert not (desk / "faces").exists()
