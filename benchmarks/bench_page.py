"""The drawing page in Chromium: from the end of a stroke to the pixels of its face.

python -m benchmarks.bench_page: wants Chromium, and `make page`. All share the cores. The page is
served with its server, then exported and painting by itself from the disk.
"""

import json
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from facepencil.serving.page_export import export_page
from tests.page.node import ROOT, run_node_script
from tests.page.test_browser import CHROMIUM
from tests.serving.test_http_server import serving, wait_for_export

SCRIPT = ROOT / "tests/page/browser/latency.js"
RUNTIME = ROOT / "node_modules/onnxruntime-web/dist"
NAMES = {"face": "end of a stroke to its face", "ink": "pointer to ink"}


def main() -> None:
    """Draw the page's examples stroke by stroke, and print what each of them took."""
    if CHROMIUM is None:
        raise SystemExit("needs Chromium: apt-get install chromium")
    with TemporaryDirectory() as folder, serving(Path(folder)) as (_, port, _):
        wait_for_export(port)
        report("with its server", f"http://127.0.0.1:{port}/")
    with TemporaryDirectory() as folder:
        size = export_page([], Path(folder) / "page", RUNTIME)
        sys.stdout.write(f"exported: {size / 1e6:.1f} MB\n")
        report("in the browser", (Path(folder) / "page/index.html").as_uri())


def report(way: str, address: str) -> None:
    """Print the times of one way to reach the page."""
    said = run_node_script(SCRIPT, FACEPENCIL_PAGE=address, FACEPENCIL_CHROMIUM=CHROMIUM or "")
    for key, times in json.loads(said).items():
        median, last = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        sys.stdout.write(
            f"{way}, {NAMES[key]}: median {median:.0f} ms, 95 % below {last:.0f} ms, "
            f"{len(times)} times\n"
        )


if __name__ == "__main__":
    main()
