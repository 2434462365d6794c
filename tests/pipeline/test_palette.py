"""Stage `palette` on real faces."""

import json

import numpy as np
import pytest

from facepencil.colours import Colours
from facepencil.config.params import Params
from facepencil.config.variants import Variant
from facepencil.data.palettes import (
    mean_palette,
    palettes_of,
    read_palettes,
    write_palettes,
)
from facepencil.store import Shard, ShardError
from pipeline import layout
from pipeline.graph import jobs
from tests.fixtures.stages import furnish, link, vouch

COLOURED = Params(
    shards=[0],
    variants={**Params().variants, "coloured": Variant(model={"palette": True})},
    tables={"main": ["ours", "coloured"]},
)


def test_the_command_finds_a_palette_of_every_face(chain, tmp_path, weights):
    place = furnish(tmp_path, COLOURED)
    link(tmp_path, layout.faces(0), chain / "faces.zip")
    for file in ("face_mesh.tflite", "person_mask.tflite"):
        link(tmp_path, layout.weights(file), weights(file))
    vouch(tmp_path)
    out = tmp_path / layout.palettes(0)
    made = []
    for threads in ("1", "2"):
        place.run_stage("palette", "--shard", "0", OMP_NUM_THREADS=threads)
        made.append(out.read_bytes())
    assert made[0] == made[1]
    entries = json.loads(made[0])
    with Shard(chain / "faces.zip") as faces:
        assert list(entries) == [face["id"] for face in faces.index["faces"]]
    assert sum(bool(entry["guessed"]) for entry in entries.values()) <= len(entries) / 4
    found = palettes_of(read_palettes([out]), sorted(entries))
    assert found.shape == (len(entries), 3, 3) and len(np.unique(found, axis=0)) > len(entries) / 2


def test_palettes_come_back_from_their_file(tmp_path):
    colours = np.arange(18, dtype=np.uint8).reshape(2, 3, 3) * 14
    path = tmp_path / "0.json"
    write_palettes(path, {"a": Colours(colours[0], ()), "b": Colours(colours[1], ("hair",))})
    known = read_palettes([path])
    assert np.array_equal(palettes_of(known, ["b", "a"]), colours[::-1])
    assert np.array_equal(mean_palette(colours), np.rint(colours.mean(0)))
    assert json.loads(path.read_text())["b"]["guessed"] == ["hair"]
    with pytest.raises(ShardError, match=r"no palettes of the faces \['c'\]"):
        palettes_of(known, ["a", "c"])


@pytest.mark.parametrize("text", ["", "[]", '{"a": {"hair": "#000000"}}', '{"a": {"hair": "x"}}'])
def test_what_is_no_file_of_palettes_is_named(tmp_path, text):
    path = tmp_path / "0.json"
    path.write_text(text)
    with pytest.raises(ShardError, match=r"0\.json: expected palettes"):
        read_palettes([path])


def test_the_stage_is_planned_for_those_who_are_told_alone():
    assert not [job for job in jobs(Params()) if job.stage == "palette"]
    assert not [job for job in jobs(COLOURED, ["main"][:0]) if job.stage == "palette"]
    every = jobs(COLOURED)
    assert [job.key for job in every if job.stage == "palette"] == ["0"]
    readers = {job.name for job in every if layout.palettes(0) in job.inputs}
    assert readers == {"train coloured/0", "evaluate coloured/0"}
