"""MLflow's page that compares runs: its columns, groups and curves, as a shared view.

MLflow 3 keeps a shared view as JSON in a tag of the experiment; an address that names the tag
opens it. The words in it are those of MLflow's own page.
"""

import json
import os
import sys
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from facepencil.tracking.models import LPIPS, by_level
from facepencil.tracking.server import EXPERIMENT, KIND, connect, tracking_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient

KEY = "comparison"
"""Name of the view in addresses."""

_PARAMS = ("variant", "seed", "train.precision", "evaluate.precision")
_WIDTH_PX = {"params": 130, "metrics": 165}
_KID = "KID-EffLite0"
_SPEED = "cost/photos_per_second"
_SECTIONS = {
    "test_over_d": "Test photos, over d",
    "val": "Validation photos, over photos seen",
    "train": "Losses, over photos seen",
    "cost": "Costs, over photos seen",
}


def publish(client: "MlflowClient", experiment: str = EXPERIMENT) -> str:
    """Keep the view with an experiment, made when missing; returns its id.

    The view names the metrics and params that the runs have now: publish again after new ones.
    """
    found = client.get_experiment_by_name(experiment)
    place = str(found.experiment_id if found else client.create_experiment(experiment))
    runs = client.search_runs([place])
    metrics = sorted({name for run in runs for name in run.data.metrics})
    params = {name for run in runs for name in run.data.params}
    view = comparison(metrics, [name for name in _PARAMS if name in params])
    for key, value in {**KIND, f"mlflow.sharedViewState.{KEY}": json.dumps(view)}.items():
        client.set_experiment_tag(place, key, value)
    return place


def addresses(server: str, experiment_id: str) -> tuple[str, str]:
    """Where a browser finds the comparison: as a table, and as curves."""
    query = f"workflowType=machine_learning&viewStateShareKey={KEY}"
    table = f"{server}/#/experiments/{experiment_id}/runs?{query}"
    return table, f"{table}&compareRunsMode=CHART"


def comparison(metrics: Sequence[str], params: Sequence[str]) -> dict[str, Any]:
    """State of the page: a row a variant with the means of its runs, and a curve a variant.

    Args:
        metrics: all there are.
        params: those to show, in this order.
    """
    lpips = chain.from_iterable(by_level(metrics, metric) for metric in LPIPS)
    shown = [*lpips, *by_level(metrics, f"test/{_KID}")[-1:], *by_level(metrics, _SPEED)]
    columns = [f"params.`{name}`" for name in params] + [f"metrics.`{name}`" for name in shown]
    first = sorted(metrics, key=lambda name: "lpips" not in name.lower())
    curves = [name for prefix in _SECTIONS for name in first if name.startswith(f"{prefix}/")]
    prefixes = {name.partition("/")[0] for name in curves}
    return {
        "orderByKey": "attributes.start_time",
        "orderByAsc": True,
        "selectedColumns": columns,
        "columnOrder": ["attributes.`Run Name`", "runDateAndNestInfo", "duration", *columns],
        "columnWidths": {name: _WIDTH_PX[name.partition(".")[0]] for name in columns},
        "runsHiddenMode": "SHOW_ALL",
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [{"mode": "param", "groupByData": "variant"}],
        },
        "useGroupedValuesInCharts": True,
        "hideEmptyCharts": True,
        "isAccordionReordered": True,  # else MLflow sorts the sections by name
        "compareRunSections": [
            _section(prefix, title) for prefix, title in _SECTIONS.items() if prefix in prefixes
        ],
        "compareRunCharts": [_curve(name) for name in curves],
    }


def _section(uuid: str, name: str) -> dict[str, Any]:
    return {"uuid": uuid, "name": name, "display": True, "isReordered": False, "deleted": False}


def _curve(metric: str) -> dict[str, Any]:
    section, _, name = metric.partition("/")
    return {
        "uuid": metric,
        "type": "LINE",
        "metricSectionId": section,
        "metricKey": metric,
        "selectedMetricKeys": [metric],
        "displayName": name,
        "runsCountToCompare": 100,
        "deleted": False,
        "isGenerated": False,
        "lineSmoothness": 0,
        "scaleType": "linear",
        "xAxisScaleType": "linear",
        "xAxisKey": "step",
        "selectedXAxisMetricKey": "",
        "yAxisKey": "metric",
        "yAxisExpressions": [],
        "range": {},
        "ignoreOutliers": False,
        "useGlobalXaxisKey": True,
        "useGlobalLineSmoothing": True,
    }


def open_server(port: int) -> None:
    """Print where the comparison is; where runs are in a file, become the server that shows it.

    Raises:
        Exception: of whatever kind: the server of `MLFLOW_TRACKING_URI` is away or fails.
    """
    place = publish(connect())
    uri = tracking_uri()
    away = urlsplit(uri).scheme in ("http", "https")
    table, curves = addresses(uri if away else f"http://127.0.0.1:{port}", place)
    print(f"table:  {table}\ncurves: {curves}", flush=True)
    if not away:
        os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # eight processes nobody needs
        os.execv(sys.executable, [sys.executable, "-m", "mlflow", *_options(uri, port)])


def _options(uri: str, port: int) -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(port)]
    return ["server", "--backend-store-uri", uri, *where, "--workers", "1"]
