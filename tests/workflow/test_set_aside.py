"""Settings are chosen by photos that no table scores."""

import json
from typing import Any

from facepencil.config.params import load_params
from facepencil.store import Shard
from pipeline import layout

COMMAND = ("python", "-m", "workflow.set_aside")


def test_all_photos_but_the_test_are_copied(by_snakemake: Any, tmp_path: Any) -> None:
    said = by_snakemake.run(*COMMAND, str(tmp_path / "photos")).stdout
    tested = set(json.loads((by_snakemake.root / layout.test_set()).read_text())["ids"]["test"])
    whole = {}
    for number in load_params(by_snakemake.root / layout.PARAMS).shards:
        with Shard(by_snakemake.root / layout.raw(number)) as shard:
            whole |= {photo["file"]: shard.read(photo["file"]) for photo in shard.index["photos"]}
    copied = {path.name: path.read_bytes() for path in (tmp_path / "photos").iterdir()}
    assert tested and copied.items() < whole.items()
    seen = json.loads((by_snakemake.root / layout.train_set()).read_text())["ids"]
    assert {*seen["train"], *seen["val"]} <= {name.partition(".")[0] for name in copied}
    left = {name.partition(".")[0] for name in whole.keys() - copied.keys()}
    assert tested <= left
    assert said == f"{len(copied)} photos in {tmp_path / 'photos'}\n"


def test_a_folder_in_use_is_left_alone(by_snakemake: Any, tmp_path: Any) -> None:
    (tmp_path / "mine.jpg").write_bytes(b"mine")
    done = by_snakemake.run(*COMMAND, str(tmp_path), check=False)
    assert done.returncode == 1 and "expected a new or an empty folder" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["mine.jpg"]


def test_a_tree_without_photos_is_told_so_in_a_line(by_snakemake: Any, tmp_path: Any) -> None:
    project = by_snakemake.copy(tmp_path / "project")
    (project.root / layout.raw(0)).unlink()
    done = project.run(*COMMAND, str(tmp_path / "photos"), check=False)
    assert (done.returncode, done.stdout) == (1, f"{layout.raw(0)}: no such shard\n")
    assert not (tmp_path / "photos").exists()
