import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from facepencil.cli import app
from facepencil.config.model import ModelParams
from facepencil.images import decode_png
from facepencil.networks.generator import build_main
from facepencil.networks.painter import load_painter, save_painter
from facepencil.serving.paint import read_drawing
from facepencil.strokes.pen import painter_input

MODEL = ModelParams(kind="single", sap=False, size=32, channels=4, downs=2, blocks=1)


@pytest.fixture(scope="module")
def drawing():
    """A face of a few lines, black on white, 200 px."""
    paper = np.full((200, 200), 255, np.uint8)
    cv2.ellipse(paper, (100, 105), (60, 80), 0, 0, 360, 0, 3)
    cv2.circle(paper, (78, 90), 8, 0, 2)
    cv2.circle(paper, (122, 90), 8, 0, 2)
    cv2.ellipse(paper, (100, 145), (20, 8), 0, 0, 180, 0, 2)
    return paper


def seen(tmp_path, pixels, name="drawing.png"):
    assert cv2.imwrite(str(tmp_path / name), pixels)
    return read_drawing(tmp_path / name, 32)


def test_hard_lines_are_seen_as_in_training(tmp_path, drawing):
    hard = np.where(drawing < 128, 0, 255).astype(np.uint8)
    expected = painter_input(255 - hard, 32)
    sketch = seen(tmp_path, hard)
    assert sketch.shape == (1, 1, 32, 32) and sketch.dtype == torch.float32
    assert np.array_equal(sketch[0, 0].numpy(), expected)


def test_kinds_of_files_are_seen_alike(tmp_path, drawing):
    expected = seen(tmp_path, drawing)
    pencil = (110 + drawing * (90 / 255)).astype(np.uint8)  # grey on a greyish page
    clear = np.dstack([np.zeros((200, 200, 3), np.uint8), 255 - drawing])  # ink on nothing
    alike = {
        "white on black": 255 - drawing,
        "colour": np.dstack([drawing, drawing, np.full_like(drawing, 255)]),
        "16 bits": drawing.astype(np.uint16) * 257,
        "transparent": clear,
    }
    for name, pixels in alike.items():
        assert torch.equal(seen(tmp_path, pixels), expected), name
    assert (seen(tmp_path, pencil) - expected).abs().mean() < 0.02


@pytest.mark.parametrize("shape", [(500, 200), (200, 731)])
def test_what_is_not_square_is_padded_with_paper(tmp_path, drawing, shape):
    large = np.full(shape, 255, np.uint8)
    top, left = (shape[0] - 200) // 2, (shape[1] - 200) // 2
    large[top : top + 200, left : left + 200] = drawing
    sketch = seen(tmp_path, large)[0, 0]
    assert sketch[0].sum() == sketch[-1].sum() == sketch[:, 0].sum() == sketch[:, -1].sum() == 0
    rows, columns = np.nonzero(sketch.numpy())
    assert abs(rows.mean() - 15.5) < 1.5 and abs(columns.mean() - 15.5) < 1.5


def test_size_of_the_drawing_hardly_matters(tmp_path, drawing):
    expected = seen(tmp_path, drawing)
    for side in (100, 400, 1000):
        other = cv2.resize(drawing, (side, side), interpolation=cv2.INTER_AREA)
        assert (seen(tmp_path, other) - expected).abs().mean() < 0.06
    assert seen(tmp_path, drawing[90:106, 90:106]).shape == (1, 1, 32, 32)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_page_has_no_strokes(tmp_path, grey):
    assert seen(tmp_path, np.full((50, 50), grey, np.uint8)).sum() == 0


def test_paint_writes_what_the_model_paints(tmp_path, drawing):
    torch.manual_seed(0)
    save_painter(tmp_path / "0.safetensors", build_main(MODEL, None), MODEL, {})
    cv2.imwrite(str(tmp_path / "drawing.png"), drawing)
    paths = [str(tmp_path / name) for name in ("0.safetensors", "drawing.png", "face.png")]
    done = CliRunner().invoke(app, ["paint", *paths])
    assert done.exit_code == 0, done.output
    face = decode_png((tmp_path / "face.png").read_bytes())
    with torch.inference_mode():
        image = load_painter(tmp_path / "0.safetensors").net(seen(tmp_path, drawing)).image[0]
    assert face.shape == (32, 32, 3)
    assert np.abs(face / 127.5 - 1 - image.permute(1, 2, 0).numpy()).max() < 1 / 127


@pytest.mark.parametrize("bad", ["model", "drawing"])
def test_bad_input_is_named_and_nothing_is_written(tmp_path, drawing, bad):
    save_painter(tmp_path / "model", build_main(MODEL, None), MODEL, {})
    cv2.imwrite(str(tmp_path / "drawing.png"), drawing)
    (tmp_path / "drawing.png").rename(tmp_path / "drawing")
    (tmp_path / bad).write_bytes(b"nonsense")
    paths = [str(tmp_path / name) for name in ("model", "drawing", "face.png")]
    done = CliRunner().invoke(app, ["paint", *paths])
    assert done.exit_code == 1
    assert str(tmp_path / bad) in done.stderr
    assert not (tmp_path / "face.png").exists()
