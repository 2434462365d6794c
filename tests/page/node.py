"""Runs the page's own tests, which are JavaScript."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE_MODULES = ROOT / "node_modules"


def run_node(test: Path, **environment: str) -> None:
    """Run a file of tests by `node --test`; what fails is shown in the report of pytest."""
    done = _node(["--test", "--test-timeout=120000", str(test)], environment)
    assert done.returncode == 0, done.stdout + done.stderr


def run_node_script(script: Path, **environment: str) -> str:
    """What a script prints."""
    done = _node([str(script)], environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _node(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    assert node and NODE_MODULES.is_dir(), "needs Node 20 or newer, and `make page`"
    command = [node, *arguments]
    environment = {**os.environ, **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True)
