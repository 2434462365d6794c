"""`docs/protocol.md` says of every metric and network what the code does."""

import hashlib

from facepencil.evaluation.metrics import METRICS
from pipeline.graph import METRIC_WEIGHTS
from tests.fixtures.commands import ROOT

LINES = (ROOT / "docs/protocol.md").read_text().splitlines()


def test_every_metric_is_explained_and_its_better_way_told():
    for metric in METRICS:
        assert any(line.startswith(f"| {metric.name} | {metric.better} |") for line in LINES)


def test_every_network_is_there_by_its_hash(weights):
    for file in METRIC_WEIGHTS:
        sha256 = hashlib.sha256(weights(file).read_bytes()).hexdigest()
        assert f"| `{file}` | `{sha256}` |" in LINES
