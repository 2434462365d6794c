"""The page holds what it shows, and nothing from elsewhere."""

import base64
import json
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from facepencil.evaluation.record import Measure
from facepencil.images import encode_png
from facepencil.reporting.captions import CAPTIONS
from facepencil.reporting.page import MOST_PX, PageParts, PageRow, page_html
from facepencil.reporting.rows import Row
from facepencil.reporting.sample_sheets import Samples
from facepencil.store import Shard, write_shard
from facepencil.training.cost import Cost

NAMES = ("ours", "other")


@pytest.fixture
def parts(tmp_path):
    grey = encode_png(np.full((8, 8, 3), 99, np.uint8))
    members = [("a.photo.png", grey), ("11/a.sketch.png", grey), ("11/a.png", grey)]
    write_shard(tmp_path / "0.zip", members, {"ids": ["a"], "levels": [11.0]})
    cost = Cost(cpu_seconds=120, wall_seconds=60, photos=240, threads=1, processor="one & only")
    with Shard(tmp_path / "0.zip") as shard:
        yield PageParts(
            title="FacePencil: <main>",
            rows=[
                PageRow(name, "</script>", {"train": {"ema": 0}}, [cost], ["beef"])
                for name in NAMES
            ],
            scores=[
                *(Row(name, "11", "L1", 0.25, 0.2, 0.3, 9, 1, "a") for name in NAMES),
                Row("photos", "11", "L1", 0.1, 0.1, 0.2, 9, 0),
            ],
            references=["photos"],
            metrics={"L1": Measure(better="low", meaning="of pixels")},
            level="11",
            logs={name: [[{"photos": 8, "val/lpips/d0": 0.3}, {"photos": 16}]] for name in NAMES},
            samples=Samples(dict.fromkeys(NAMES, shard)),
            figures={name: grey for name in CAPTIONS},
            note="N = 9 & one seed",
        )


def data_of(page):
    (text,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)
    return json.loads(text)


def test_all_is_in_the_page(parts):
    page = page_html(parts)
    assert "FacePencil: &lt;main&gt;" in page and "N = 9 &amp; one seed" in page
    assert not re.findall(r"@[A-Z]+@", page)
    elsewhere = re.findall(r"""(?:src|href)=["'](?!data:)|@import|url\(|fetch\(""", page)
    assert elsewhere == []
    data = data_of(page)
    assert [row["name"] for row in data["rows"]] == list(NAMES)
    row = data["rows"][0]
    assert (row["cpu_minutes"], row["photos_per_second"]) == (2, 2)
    assert row["overrides"] == {"train.ema": "0"} and row["models"] == ["beef"]
    assert data["scores"]["other"]["L1"]["11"] == {
        "value": 0.25,
        "low": 0.2,
        "high": 0.3,
        "letters": "a",
        "best": False,
    }
    assert data["curves"]["ours"] == {"lpips/d0": [[[8, 0.3]]]}
    assert set(data["painted"]) == set(NAMES) and len(data["figures"]) == len(CAPTIONS)


def test_the_best_is_marked_as_in_the_tables(parts):
    apart = [
        replace(row, value=0.3, letters="b") if row.variant == "other" else row
        for row in parts.scores
    ]
    scores = data_of(page_html(replace(parts, scores=apart)))["scores"]
    assert [scores[name]["L1"]["11"]["best"] for name in NAMES] == [True, False]


def test_a_page_for_everybody_has_no_photos(parts):
    assert len(data_of(page_html(parts))["photos"]) == 1
    data = data_of(page_html(replace(parts, with_photos=False)))
    assert data["photos"] == [] and len(data["painted"]["ours"]["11"]) == 1


def test_a_note_cannot_end_the_data(parts):
    assert data_of(page_html(parts))["rows"][0]["note"] == "</script>"


def test_wide_figures_are_shrunk(parts):
    wide = encode_png(np.full((100, 2 * MOST_PX, 3), 200, np.uint8))
    figures = {**parts.figures, "bars": wide}
    uri, caption = data_of(page_html(replace(parts, figures=figures)))["figures"][0]
    jpeg = base64.b64decode(uri.removeprefix("data:image/jpeg;base64,"))
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (50, MOST_PX, 3) and abs(int(picture.mean()) - 200) <= 2
    assert caption == CAPTIONS["bars"]
