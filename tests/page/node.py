"""Runs the page's own tests, which are JavaScript."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE_MODULES = ROOT / "node_modules"


def run_node(test: Path, **environment: str) -> None:
    """Run a file of tests by `node --test`; what fails is shown in the report of pytest."""
    node = shutil.which("node")
    assert node and NODE_MODULES.is_dir(), "needs Node 20 or newer, and `make page`"
    done = subprocess.run(
        [node, "--test", "--test-timeout=120000", str(test)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
