"""The drawing page with models in the browser: a folder that needs no server."""

import base64
import gzip
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from facepencil.serving.onnx_network import onnx_bytes
from facepencil.serving.page_files import PAGE
from facepencil.serving.paint import RASTER_PX
from facepencil.serving.served_models import SMALL, ServedModel, load_model, load_models

RUNTIME = Path("node_modules/onnxruntime-web/dist")
"""Where `make page` brings ONNX Runtime for browsers to."""
_CODE = "ort.wasm.bundle.min.mjs"
_WASM = "ort-wasm-simd-threaded.wasm"
_IMPORT = re.compile(r'from "\./([\w./-]+)"')
_TAGS = re.compile(
    r'<link rel="modulepreload".*?<script type="module" src="app.js"></script>', re.S
)
_MODULES = "modules.js"
_POLICY = (
    "default-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval'; worker-src blob:; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'"
)
_HEAD = f"""<meta http-equiv="Content-Security-Policy" content="{_POLICY}" />
    <script src="config.js"></script>
    <script src="{_MODULES}" defer></script>"""
_LOADER = """\
// Modules cannot be imported from a disk: each becomes an address of its own, in the page and again
// in its worker, which may not import the page's.
function load(texts) {
  const urls = {};
  for (const [name, text] of Object.entries(texts)) {
    const code = text.replace(/from "\\.\\/([\\w./-]+)"/g, (_, path) => `from "${urls[path]}"`);
    urls[name] = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  }
  return import(Object.values(urls).at(-1));
}
const code = `${load}
const early = [];
self.onmessage = (event) => early.push(event);
load(${JSON.stringify(WORKER)}).then(() => early.forEach((event) => self.onmessage(event)));`;
globalThis.facepencil.worker = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
load(PAGE);
"""
_TERMS = """\
What this folder is made of, and its terms:

FacePencil's page        Apache-2.0
perfect-freehand         MIT: perfect-freehand.LICENSE
ONNX Runtime Web         MIT: onnxruntime-web.LICENSE
the models               as the photos allow that they were trained on. The one called `small` was
                         trained on CelebA: non-commercial research alone.
"""


def export_page(models: Sequence[Path], out: Path, runtime: Path = RUNTIME) -> int:
    """Write the drawing page with models that paint in the browser, whole or not at all.

    Any server of files can serve the folder, and browsers open its index.html from a disk.

    Args:
        models: painters, the one to paint with first; none means that of the package.
        out: folder to be made; it may be there if it is empty.
        runtime: folder with ONNX Runtime for browsers.

    Returns:
        Bytes of the folder.

    Raises:
        FileNotFoundError: no such model, or no runtime.
        FileExistsError: `out` is a file or holds something.
        ValueError: a file is not a painter or cannot be exported; the message names it.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out}: expected a new or an empty folder for the page")
    _check_runtime(runtime)
    served = load_models(models) if models else {"small": load_model(SMALL, "small")}
    chosen = list(served.values())[: len(models) or 1]
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as temporary:
        page = Path(temporary) / "page"
        _write_page(page, runtime)
        _write_models(page, chosen)
        size = sum(path.stat().st_size for path in page.rglob("*") if path.is_file())
        page.replace(out)
    return size


def _check_runtime(runtime: Path) -> None:
    for name in (_CODE, _WASM):
        if not (runtime / name).is_file():
            raise FileNotFoundError(f"{runtime / name}: no such file; `make page` brings it (npm)")


def _write_page(page: Path, runtime: Path) -> None:
    shutil.copytree(PAGE, page, ignore=shutil.ignore_patterns("*.js", "*.d.ts", "vendor"))
    html, count = _TAGS.subn(_HEAD, (PAGE / "index.html").read_text())
    assert count == 1, "index.html: expected the tags that load app.js"
    (page / "index.html").write_text(html)
    (page / _MODULES).write_text(_loader())
    files = {"code": runtime / _CODE, "wasm": runtime / _WASM}
    packed = {key: path.read_bytes() for key, path in files.items()}
    (page / "runtime.js").write_text(_handing_over(packed))
    for licence in (PAGE / "vendor").glob("*.LICENSE"):
        shutil.copy(licence, page)
    (page / "LICENCES.txt").write_text(_TERMS)


def _loader() -> str:
    texts = {"WORKER": modules(PAGE, "painter.js"), "PAGE": modules(PAGE, "app.js")}
    return re.sub("WORKER|PAGE", lambda found: json.dumps(texts[found[0]]), _LOADER)


def _write_models(page: Path, models: Sequence[ServedModel]) -> None:
    entries = []
    for number, model in enumerate(models):
        file = f"model-{number}.js"
        entries.append(_entry(model, file))
        (page / file).write_text(_handing_over({file: onnx_bytes(model.painter, halved=True)}))
    config = {"models": entries, "runtime": "runtime.js", "files": {}}
    text = json.dumps(config, indent=2)
    (page / "config.js").write_text(f"globalThis.facepencil = {text};\n")


def _entry(model: ServedModel, file: str) -> dict[str, object]:
    """What the page is to know of a model; see exported.js."""
    size = model.entry.size_px
    raster = max(RASTER_PX, size)
    if raster % size:
        wanted = f"a face whose side divides {raster} px"
        raise ValueError(
            f"{model.entry.source}: expected {wanted} to paint in browsers, got {size}"
        )
    options = {**model.entry.options.model_dump(), "refine": False, "attention": False}
    entry = model.entry.model_dump() | {"options": options, "source": Path(model.entry.source).name}
    return {**entry, "file": file, "raster_px": raster}


def _handing_over(files: Mapping[str, bytes]) -> str:
    """A script that gives the page files: unlike requests, scripts are read from disks too."""
    lines = [
        f"globalThis.facepencil.files[{json.dumps(name)}] = "
        f'"{base64.b64encode(gzip.compress(data, mtime=0)).decode()}";\n'
        for name, data in files.items()
    ]
    return "".join(lines)


def modules(page: Path, last: str) -> dict[str, str]:
    """The module `last` of a page and what it imports, by paths, each after those it imports.

    Raises:
        ValueError: modules that import each other.
    """
    texts: dict[str, str] = {}

    def add(name: str, *above: str) -> None:
        if name in above:
            raise ValueError(f"{name}: expected no circle of imports, got {' '.join(above)}")
        text = (page / name).read_text()
        for imported in _IMPORT.findall(text):
            if imported not in texts:
                add(imported, *above, name)
        texts[name] = text

    add(last)
    return texts
