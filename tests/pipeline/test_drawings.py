"""Stages `drawings` and `drawn` on drawings of this repository."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from facepencil.config.crop import CropParams
from facepencil.config.deform import PenParams
from facepencil.config.drawings import DrawingsParams
from facepencil.config.model import ModelParams
from facepencil.config.sketch import SketchParams, SketchSize
from facepencil.evaluation.drawn import score_drawn
from facepencil.evaluation.drawn_record import Drawn
from facepencil.evaluation.observers import EFFICIENTNET, load_networks
from facepencil.evaluation.scores import Judge
from facepencil.images import decode_png
from facepencil.networks.generator import build_main
from facepencil.networks.painter import Painter
from facepencil.reporting.drawn_rows import drawn_cells, drawn_frame
from facepencil.reporting.drawn_sheets import DrawnFaces, models_sheet, refined_sheet
from facepencil.serving.exemplars import Exemplars
from facepencil.store import Shard
from facepencil.strokes.strokes import Facial, read_strokes
from pipeline.drawings import draw_all, name_drawings, read_split
from pipeline.drawn import line_masks, paint_sketches, read_sketches, write_faces
from pipeline.reads import DrawingsReads
from tests.fixtures.commands import ROOT

NAMES = ("careful/ada", "careful/bruno", "doodles/bea", "doodles/cleo")
READS = DrawingsReads(
    sketch=SketchSize(), deform=PenParams(), drawings=DrawingsParams(refine=[0, 1])
)


@pytest.fixture(scope="module")
def exemplars(chain: Path) -> Exemplars:
    features = set(Facial) - {Facial.REST, Facial.OUTLINE}
    faces = read_strokes(chain / "strokes.npz").values()
    return Exemplars([one for one in faces if features <= set(one.parts.tolist())])


@pytest.fixture(scope="module")
def drawings(exemplars: Exemplars, trained_finder, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("drawings") / "drawings.zip"
    files = {name: ROOT / f"drawings/{name}.svg" for name in NAMES}
    draw_all(
        files,
        read_split(ROOT / "drawings/split.csv"),
        out,
        trained_finder.finder,
        exemplars,
        READS,
    )
    return out


def test_each_drawing_is_there_at_every_share_in_its_group(drawings: Path) -> None:
    ids, groups, sketches = read_sketches(drawings)
    assert tuple(ids) == NAMES
    with (ROOT / "drawings/split.csv").open() as file:
        parts = {row["path"]: row["split"] for row in csv.DictReader(file)}
    assert groups == [f"{name.split('/')[0]}, {parts[f'{name}.svg']}" for name in NAMES]
    assert list(sketches) == ["0", "1"]
    changed = (sketches["0"] != sketches["1"]).mean((1, 2))
    assert (changed[2:] > 0).all()


def test_two_drawings_of_one_name_are_refused() -> None:
    files = [Path("own/a/x.svg"), Path("own/x.png"), Path("own/x.svg")]
    assert list(name_drawings(files[:2], Path("own"))) == ["a/x", "x"]
    with pytest.raises(ValueError, match=r"own/x\.png and own/x\.svg: expected drawings"):
        name_drawings(files, Path("own"))


def test_a_split_without_its_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("file,part\na.svg,choose\n")
    with pytest.raises(ValueError, match=r"split\.csv: expected the columns path and split"):
        read_split(tmp_path / "split.csv")


@pytest.fixture(scope="module")
def painted(drawings: Path) -> np.ndarray:
    torch.manual_seed(0)
    model = ModelParams(kind="single", sap=False, size=32, channels=8, downs=2, blocks=1)
    painter = Painter(build_main(model, None).eval(), model)
    return paint_sketches(painter, read_sketches(drawings)[2]["0"], "float32", "test")


def test_scores_of_drawings_are_told_by_group(drawings: Path, painted, weights) -> None:
    networks = load_networks(weights, None, CropParams(), SketchParams())
    judge = Judge(networks, torch.device("cpu"))
    ids, groups, sketches = read_sketches(drawings)
    real = {EFFICIENTNET: torch.randn(6, 1280, generator=torch.Generator().manual_seed(0)).abs()}
    found = score_drawn(judge, painted, line_masks(sketches["0"], 256), groups, real)
    assert found.presence == [0, 0, 0, 0]  # an untrained painter paints none
    assert all(distance > 0 for distance in found.chamfer)
    drawn = Drawn(variant="v", seed=0, model_sha256="", ids=ids, groups=groups, shares={"0": found})
    frame = drawn_frame({"v": [drawn]})
    assert frame["drawings"].sum() == 4 and (frame["face"] == 0).all()
    assert set(found.kid) == {group for group in groups if groups.count(group) > 1}
    assert drawn_cells(frame)["face"].to_list() == ["0%"] * len(frame)


def test_sheets_show_drawings_beside_faces(drawings: Path, painted, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_faces(tmp_path / f"{name}.zip", list(NAMES), {"0": painted, "1": painted})
    paths = tmp_path / "one.zip", tmp_path / "two.zip"
    with Shard(drawings) as drawn, Shard(paths[0]) as one, Shard(paths[1]) as two:
        faces = DrawnFaces(drawn, {"one": one, "two": two})
        beside, refined = models_sheet(faces), refined_sheet(faces, "one")
    assert beside.shape[0] == refined.shape[0]
    assert refined.shape[1] > beside.shape[1] > 3 * 128
    with Shard(tmp_path / "one.zip") as shard:
        assert np.array_equal(decode_png(shard.read("0/careful/ada.png")), painted[0])
