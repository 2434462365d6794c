"""A table as one HTML page that works offline: sortable, each row with its faces and its cost."""

import base64
import html
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from facepencil.evaluation.record import Measure
from facepencil.images import decode_png, encode_png
from facepencil.reporting.captions import CAPTIONS
from facepencil.reporting.costs import mean_minutes
from facepencil.reporting.curves import VALIDATION, Log
from facepencil.reporting.page_template import HTML, SCRIPT, STYLE
from facepencil.reporting.rows import Row, best_rows
from facepencil.reporting.sample_sheets import Samples
from facepencil.reporting.tables import decimals
from facepencil.training.cost import Cost

DIGITS = 3
MOST_PX = 1400
"""Wider figures are shrunk to this, so that the page stays small."""


@dataclass(frozen=True)
class PageRow:
    """What the page tells of a row beside its scores.

    Attributes:
        name: of the variant.
        note: what differs.
        overrides: of params, by section.
        costs: of its trainings.
        models: sha256 of the models, by which their MLflow runs are found.
    """

    name: str
    note: str
    overrides: Mapping[str, Mapping[str, Any]]
    costs: Sequence[Cost]
    models: Sequence[str]


@dataclass(frozen=True)
class PageParts:
    """What a page is made of.

    Attributes:
        title: its heading.
        rows: of the table, in its order.
        scores: of all rows, metrics and levels.
        references: names of those who are no models, which have scores alone.
        metrics: what they are, by name.
        level: d that is shown first.
        logs: of every training, by variant.
        samples: painted faces of every variant.
        figures: PNGs by name.
        note: what stands below the table.
        with_photos: whether the test photos are shown beside the painted faces; a page that goes
            where the photos may not go does without.
    """

    title: str
    rows: Sequence[PageRow]
    scores: Sequence[Row]
    references: Sequence[str]
    metrics: Mapping[str, Measure]
    level: str
    logs: Mapping[str, Sequence[Log]]
    samples: Samples
    figures: Mapping[str, bytes]
    note: str
    with_photos: bool = True


def page_html(parts: PageParts) -> str:
    """The page's text; equal parts, equal text."""
    data = {
        "rows": [_row(row) for row in parts.rows],
        "scores": _scores(parts.scores, parts.metrics),
        "references": list(parts.references),
        "metrics": [_metric(name, one, parts.scores) for name, one in parts.metrics.items()],
        "level": parts.level,
        "curves": {name: _curves(logs) for name, logs in parts.logs.items()},
        "figures": [
            (_shrunk(parts.figures[name]), CAPTIONS[name])
            for name in CAPTIONS
            if name in parts.figures
        ],
        **_faces(parts.samples, [row.name for row in parts.rows], parts.with_photos),
    }
    # `</` would end the script element that holds the data.
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    places = {
        "@TITLE@": html.escape(parts.title),
        "@STYLE@": STYLE,
        "@NOTE@": html.escape(parts.note),
        "@SCRIPT@": SCRIPT,
        "@DATA@": text,
    }
    page = HTML
    for place, content in places.items():
        page = page.replace(place, content)
    return page


def _row(row: PageRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "note": row.note,
        "overrides": {
            f"{section}.{key}": json.dumps(value)
            for section, laid in row.overrides.items()
            for key, value in laid.items()
        },
        "cpu_minutes": mean_minutes(row.costs),
        "photos_per_second": statistics.fmean(one.photos_per_second for one in row.costs),
        "processor": row.costs[0].processor,
        "models": list(row.models),
    }


def _scores(rows: Sequence[Row], metrics: Mapping[str, Measure]) -> dict[str, Any]:
    best = best_rows(rows, {name: one.better for name, one in metrics.items()})
    found: dict[str, Any] = {}
    for row in rows:
        place = found.setdefault(row.variant, {}).setdefault(row.metric, {})
        place[row.level] = {
            "value": row.value,
            "low": row.low,
            "high": row.high,
            "letters": row.letters,
            "best": row in best,
        }
    return found


def _metric(name: str, measure: Measure, rows: Sequence[Row]) -> dict[str, Any]:
    usual = statistics.median(abs(row.value) for row in rows if row.metric == name)
    return {"name": name, **measure.model_dump(), "decimals": decimals(usual, DIGITS)}


def _curves(logs: Sequence[Log]) -> dict[str, list[list[tuple[float, float]]]]:
    """Validation scores of every seed by photos seen, by name."""
    names = dict.fromkeys(
        n for log in logs for line in log for n in line if n.startswith(VALIDATION)
    )
    return {
        name.removeprefix(VALIDATION): [
            [(line["photos"], line[name]) for line in log if name in line] for log in logs
        ]
        for name in names
    }


def _faces(samples: Samples, names: Sequence[str], with_photos: bool) -> dict[str, Any]:
    levels, shown = samples.levels, samples.ids if with_photos else []
    return {
        "ids": samples.ids,
        "levels": [f"{level:g}" for level in levels],
        "photos": [_uri(encode_png(samples.photo(one))) for one in shown],
        "sketches": {
            f"{level:g}": [_uri(encode_png(samples.sketch(level, one))) for one in samples.ids]
            for level in levels
        },
        "painted": {
            name: {
                f"{level:g}": [
                    _uri(encode_png(samples.painted(name, level, one))) for one in samples.ids
                ]
                for level in levels
            }
            for name in names
        },
    }


def _shrunk(png: bytes) -> str:
    """A figure as JPEG, at most 1400 px wide."""
    picture = decode_png(png)[..., :3]
    high, wide = picture.shape[:2]
    if wide > MOST_PX:
        size = (MOST_PX, round(high * MOST_PX / wide))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 88]
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), quality)[1]
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.tobytes()).decode()}"


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
