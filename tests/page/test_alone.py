"""The page that paints in the browser: as the server does, to the pixel of the pen."""

import base64
import gzip
import json
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch

from facepencil.config.model import ModelParams
from facepencil.networks.generator import build_main
from facepencil.networks.painter import load_painter, palette_entry, save_painter
from facepencil.serving.drawing import placed_badly
from facepencil.serving.page_export import export_page, modules
from facepencil.serving.page_files import PAGE
from facepencil.serving.paint import seen
from facepencil.serving.served_models import SMALL, load_model
from facepencil.serving.stroke_chains import strokes_of_chains
from facepencil.serving.wishes import Wishes, tell_wishes
from facepencil.strokes.pen import painter_input
from facepencil.strokes.raster import rasterize
from tests.page.node import NODE_MODULES, ROOT, run_node, run_node_script
from tests.page.test_browser import CHROMIUM
from tests.serving.test_api import FACE, shifted
from tests.serving.test_http_server import serving

FOLDER = ROOT / "tests/page/alone"
RUNTIME = NODE_MODULES / "onnxruntime-web/dist"
TOLD = ModelParams(size=32, channels=8, blocks=2, sap=False, level_told=True, palette=True)


def chain(rng, scale, middle):
    count = 3 * int(rng.integers(0, 6)) + 1
    return (middle + scale * rng.standard_normal((count, 2))).round(2).tolist()


def drawings(rng):
    """From specks to lines far off the canvas."""
    return [
        [
            chain(rng, scale, rng.uniform(0, 512, 2))
            for _ in range(1 if scale < 40 else rng.integers(1, 20))
        ]
        for scale in (0.3, 5, 40, 200, 2000)
        for _ in range(12)
    ]


@pytest.mark.parametrize(("raster_px", "size"), [(256, 64), (256, 128), (256, 256), (512, 512)])
def test_pen_and_advice_are_those_of_training(raster_px, size, tmp_path):
    drawn = drawings(np.random.default_rng(size))
    asked = {"drawings": drawn, "rasterPx": raster_px, "size": size}
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    said = run_node_script(FOLDER / "pen.js", FACEPENCIL_ASKED=str(tmp_path / "asked.json"))
    advices = set()
    for chains, line in zip(drawn, said.splitlines(), strict=True):
        got, strokes = json.loads(line), strokes_of_chains(chains)
        raster = rasterize(strokes.points, strokes.segments, raster_px)
        assert base64.b64decode(got["raster"]) == raster.tobytes()
        assert base64.b64decode(got["input"]) == painter_input(raster, size).tobytes()
        found = placed_badly(strokes)
        assert got["advice"] == (f"The drawing is {found}." if found else "")
        advices.add(found[:5])
    assert advices == {"", "tiny:", "off-c"}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A model that is told level and colours, and heeds them."""
    torch.manual_seed(0)
    net = build_main(TOLD, None)
    for name, one in net.named_parameters():
        if ".weight" in name and one.shape[-1] == 10:
            torch.nn.init.normal_(one)
    path = tmp_path_factory.mktemp("model") / "told.safetensors"
    usual = np.array([[90, 60, 40], [200, 160, 140], [120, 130, 140]], np.uint8)
    save_painter(path, net, TOLD, palette_entry(usual))
    return path


@pytest.fixture(scope="module")
def deaf(tmp_path_factory):
    """A model that is told nothing, and has attention."""
    pooled = {"kind": "dual", "sap": True, "attention_features": False, "sap_channels": 2}
    model = TOLD.model_copy(update={"level_told": False, "palette": False, **pooled})
    path = tmp_path_factory.mktemp("model") / "deaf.safetensors"
    save_painter(path, build_main(model, None), model, {})
    return path


@pytest.fixture(scope="module")
def exported(told, deaf, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "page"
    size = export_page([SMALL, told, deaf], out, RUNTIME)
    assert size == sum(path.stat().st_size for path in out.iterdir())
    return out


def face(model, chains, wishes):
    painter = load_painter(model)
    sketch = seen(strokes_of_chains(chains), painter.model.size)
    return load_model(model, "one").paint(sketch[None], tell_wishes(painter, wishes))[0]


def cases(told):
    """Drawings, what is chosen for them, and their faces by Python."""
    colours, level = {"hair": "#aa5500", "ground": "#0a141e"}, 0.25
    chosen = [("#level", str(level)), *((f"#{part}", one) for part, one in colours.items())]
    for name, model, drawing, wished, wishes in [
        ("small", SMALL, FACE, [], Wishes()),
        ("moved", SMALL, shifted(31, -12), [], Wishes()),
        ("told what is usual", told, FACE, [], Wishes()),
        ("told colours and level", told, shifted(31, -12), chosen, Wishes(level, colours)),
    ]:
        rgb = base64.b64encode(face(model, drawing, wishes).tobytes()).decode()
        case = {"name": name, "model": model.stem, "drawing": drawing, "set": wished, "rgb": rgb}
        yield case


class Static(SimpleHTTPRequestHandler):
    isolated = False

    def end_headers(self):
        if self.isolated:
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *args):
        pass


class Isolated(Static):
    isolated = True


@contextmanager
def static(folder, handler):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def address(exported, told, deaf, tmp_path, request):
    """Of the exported folder, on a disk or served as files, or of the drawing server."""
    if request.param == "disk":
        yield f"{exported.as_uri()}/index.html"
    elif request.param == "server":
        models = [part for model in (SMALL, told, deaf) for part in ("--model", str(model))]
        with serving(tmp_path, *models) as (_, port, _):
            yield f"http://127.0.0.1:{port}/"
    else:
        with static(exported, Isolated if request.param == "isolated" else Static) as found:
            yield found


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
@pytest.mark.parametrize("address", ["static", "isolated", "disk", "server"], indirect=True)
def test_page_paints_what_python_paints(address, told, tmp_path, request):
    (tmp_path / "faces.json").write_text(json.dumps([*cases(told)]))
    run_node(
        FOLDER / "alone.test.js",
        FACEPENCIL_PAGE=address,
        FACEPENCIL_WAY=request.node.callspec.params["address"],
        FACEPENCIL_CHROMIUM=CHROMIUM,
        FACEPENCIL_FACES=str(tmp_path / "faces.json"),
    )


@pytest.mark.slow
def test_export_is_small_and_names_no_other_host(exported):
    sizes = {path.name: path.stat().st_size for path in exported.iterdir()}
    assert sum(sizes.values()) < 25e6
    small = ("index.html", "config.js", "modules.js", "style.css")
    texts = "".join((exported / name).read_text() for name in small)
    assert "http" not in texts.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert str(ROOT) not in (exported / "config.js").read_text()
    for library in ("onnxruntime-web", "perfect-freehand"):
        assert "MIT" in (exported / f"{library}.LICENSE").read_text()


@pytest.mark.slow
def test_weights_are_kept_in_half_the_bytes(exported):
    packed = (exported / "model-0.js").read_text().split('"')[-2]
    weights = sum(one.numel() for one in load_painter(SMALL).net.parameters())
    assert 2 * weights < len(gzip.decompress(base64.b64decode(packed))) < 2.2 * weights


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="new or an empty folder"):
        export_page([], tmp_path, RUNTIME)
    with pytest.raises(FileNotFoundError, match="make page"):
        export_page([], tmp_path / "page", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_face_that_the_pen_has_no_whole_pixels_for_is_refused(tmp_path):
    model = TOLD.model_copy(update={"size": 96, "level_told": False, "palette": False})
    save_painter(tmp_path / "odd.safetensors", build_main(model, None), model, {})
    with pytest.raises(
        ValueError, match=r"odd\.safetensors: expected a face whose side divides 256"
    ):
        export_page([tmp_path / "odd.safetensors"], tmp_path / "page", RUNTIME)
    assert not (tmp_path / "page").exists()


def test_modules_come_after_what_they_import(tmp_path):
    order = [*modules(PAGE, "app.js")]
    assert order[-1] == "app.js" and order.index("stroke.js") < order.index("raster.js")
    (tmp_path / "a.js").write_text('import { b } from "./b.js";')
    (tmp_path / "b.js").write_text('import { a } from "./a.js";')
    with pytest.raises(ValueError, match=r"a\.js: expected no circle"):
        modules(tmp_path, "a.js")
