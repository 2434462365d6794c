import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from facepencil.cli import app
from facepencil.colours import palette_of_hex
from facepencil.config.model import ModelParams
from facepencil.images import decode_png
from facepencil.networks.blocks import ToldScale
from facepencil.networks.finder_file import save_finder
from facepencil.networks.generator import build_main
from facepencil.networks.painter import load_painter, palette_entry, save_painter
from facepencil.serving.drawing import read_grey, strokes_of
from facepencil.serving.drawing_file import PICTURE_PX, read_drawing
from facepencil.serving.exemplars import choose_exemplars
from facepencil.serving.paint import seen
from facepencil.serving.wishes import NATURAL, colour_of
from facepencil.strokes.pen import painter_input
from facepencil.strokes.raster import rasterize
from facepencil.strokes.strokes import read_strokes, write_strokes
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


def paint(desk, *drawings, model="0.safetensors", out="faces", options=()):
    paths = [str(desk / name) for name in drawings]
    files = ["--model", str(desk / model), "--out", str(desk / out)]
    return CliRunner().invoke(app, ["paint", *paths, *files, *options])


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


def test_without_a_model_the_newest_one_paints_and_before_there_is_any_the_packages_own(
    desk, monkeypatch
):
    monkeypatch.chdir(desk)
    own = CliRunner().invoke(app, ["paint", "a.png"])
    assert own.exit_code == 0 and "the package's own model" in own.stderr
    assert decode_png((desk / "faces/a.png").read_bytes()).shape == (128, 128, 3)
    (desk / "models/mine").mkdir(parents=True)
    (desk / "0.safetensors").rename(desk / "models/mine/0.safetensors")
    mine = CliRunner().invoke(app, ["paint", "a.png"])
    assert mine.exit_code == 0 and "models/mine/0.safetensors" in mine.stderr
    assert decode_png((desk / "faces/a.png").read_bytes()).shape == (32, 32, 3)


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
    again = seen(read_drawing(desk / "lines.svg").strokes, 64)
    assert np.abs(again - seen(strokes, 64)).mean() < 0.005


def test_a_drawing_badly_placed_is_painted_and_said_to_be_so(desk):
    page = np.full((2000, 2000), 255, np.uint8)
    page[800:1200, 800:1200] = doodle()
    cv2.imwrite(str(desk / "small.png"), page)
    done = paint(desk, "a.png", "small.png")
    assert done.exit_code == 0 and (desk / "faces" / "small.png").is_file()
    assert "small.png: tiny" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_drawing_is_placed_by_its_parts_unless_asked_not_to_be(desk, trained_finder, monkeypatch):
    """Beside each face lies a sheet of four pictures; a run's own finder is taken unasked."""
    monkeypatch.chdir(desk)
    away = AWAY.strokes(next(iter(trained_finder.seen.values())))
    (desk / "away.svg").write_text(to_svg(away))
    for path in "finder", "models/finder.safetensors":
        save_finder(desk / path, trained_finder.finder)
    faces = {}
    for out, extra in ("given", ["--finder", "finder"]), ("usual", []), ("left", ["--as-is"]):
        options = ["--model", "0.safetensors", "--out", out, *extra]
        done = CliRunner().invoke(app, ["paint", "away.svg", *options])
        assert done.exit_code == 0, done.output
        assert ("by parts" in done.stderr) == (out != "left")
        faces[out] = decode_png((desk / out / "away.png").read_bytes())
        sheet = decode_png((desk / out / "away.seen.png").read_bytes())
        assert sheet.shape[1] > 4 * PICTURE_PX
    assert np.array_equal(faces["given"], faces["usual"])
    assert not np.array_equal(faces["given"], faces["left"])


def test_a_finder_that_is_none_is_named(desk):
    paths = [str(desk / "a.png"), "--model", str(desk / "0.safetensors")]
    done = CliRunner().invoke(app, ["paint", *paths, "--finder", str(desk / "a.png")])
    _told(desk, done, "a.png: expected a finder")


@pytest.mark.slow
def test_a_drawing_is_refined_where_its_parts_are_found(desk, chain, trained_finder):
    (desk / "face.svg").write_text(to_svg(next(iter(trained_finder.seen.values()))))
    save_finder(desk / "finder", trained_finder.finder)
    write_strokes(desk / "known.npz", choose_exemplars(read_strokes(chain / "strokes.npz"), 600))
    options = ["--model", str(desk / "0.safetensors"), "--exemplars", str(desk / "known.npz")]
    finder = ["--finder", str(desk / "finder")]
    faces = {}
    for name, extra in {
        "drawn": finder,
        "zero": [*finder, "--refine", "0"],
        "one": [*finder, "--refine", "1"],
        "left": [*finder, "--as-is", "--refine", "1"],
        "untold": ["--as-is", "--refine", "1"],
    }.items():
        out = ["--out", str(desk / name)]
        done = CliRunner().invoke(app, ["paint", str(desk / "face.svg"), *options, *out, *extra])
        assert done.exit_code == 0, done.output
        assert ("not refined: parts are found by a finder" in done.stderr) == (name == "untold")
        faces[name] = decode_png((desk / name / "face.png").read_bytes())
    assert np.array_equal(faces["drawn"], faces["zero"])
    assert not np.array_equal(faces["drawn"], faces["one"])
    assert not np.array_equal(faces["untold"], faces["left"])


def test_exemplars_are_missed_only_where_they_are_asked_for(desk):
    paths = [str(desk / "a.png"), "--model", str(desk / "0.safetensors")]
    missing = ["--exemplars", str(desk / "none.npz"), "--out", str(desk / "faces")]
    _told(desk, CliRunner().invoke(app, ["paint", *paths, *missing, "--refine", "0.5"]), "none.npz")
    assert CliRunner().invoke(app, ["paint", *paths, *missing]).exit_code == 0


def _told(desk, done, text):
    assert done.exit_code == 1
    assert text in done.stderr and done.stderr.count("\n") == 1
    assert not (desk / "faces").exists()


COLOURED = MODEL.model_copy(update={"palette": True, "level_told": True})
USUAL = palette_of_hex(["#302010", "#e0b090", "#808080"])


@pytest.fixture
def coloured(desk):
    """The same desk, with a model that heeds what it is told."""
    torch.manual_seed(0)
    net = build_main(COLOURED, None)
    for layer in net.modules():
        if isinstance(layer, ToldScale):
            torch.nn.init.normal_(layer.weight, 0, 0.5)
    save_painter(desk / "0.safetensors", net, COLOURED, palette_entry(USUAL))
    return desk


def face_of(desk, *options):
    done = paint(desk, "a.png", options=options)
    assert done.exit_code == 0, done.output
    return decode_png((desk / "faces" / "a.png").read_bytes())


def test_colours_and_level_are_told_to_models_that_listen(coloured):
    plain = face_of(coloured)
    usual = ("--hair", "#302010", "--skin", "#E0B090", "--level", "0.5")
    assert np.array_equal(face_of(coloured, *usual), plain)
    faces = [
        plain,
        face_of(coloured, "--hair", "red"),
        face_of(coloured, "--skin", "dark"),
        face_of(coloured, "--ground", "DarkSlateGray"),
        face_of(coloured, "--level", "0"),
        face_of(coloured, "--level", "1"),
    ]
    assert len({face.tobytes() for face in faces}) == len(faces)


def test_wishes_that_cannot_be_had_have_a_line_of_their_own(coloured, desk):
    _told(desk, paint(desk, "a.png", options=["--hair", "reddish"]), "hair: no colour 'reddish'")
    _told(desk, paint(desk, "a.png", options=["--ground", "#12345"]), "ground: no colour")
    _told(desk, paint(desk, "a.png", options=["--level", "1.5"]), "expected a number from 0 to 1")
    torch.manual_seed(0)
    save_painter(desk / "0.safetensors", build_main(MODEL, None), MODEL, {})
    _told(desk, paint(desk, "a.png", options=["--hair", "red"]), "0.safetensors: the model is not")
    _told(desk, paint(desk, "a.png", options=["--level", "1"]), "without model.level_told")


def test_a_name_means_what_people_mean_by_it():
    red = [int(colour_of("hair", "Red")[i : i + 2], 16) for i in (1, 3, 5)]
    assert 255 > red[0] > 1.5 * red[1] > red[2]
    assert colour_of("ground", "red") == "#ff0000"
    assert colour_of("skin", "#ABCDEF") == "#abcdef"
    for part, names in NATURAL.items():
        assert all(colour_of(part, name) == colour for name, colour in names.items())
