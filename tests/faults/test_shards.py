"""Shards that are cut, changed by bits, missing or of another version are told by whoever reads."""

import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest

from facepencil.config.params import load_params
from facepencil.store import Shard, write_shard
from pipeline import layout
from pipeline.graph import Job, jobs
from pipeline.provenance import identify, record
from tests.faults.victim import FIRST, SLOW, Victim
from tests.fixtures.commands import ROOT

pytestmark = pytest.mark.slow

FLIPS, FLIPS_IN_SHORT = 8, 1


def shards_of(job: Job) -> list[Path]:
    """What a job reads of other stages' shards, those without a member left out."""
    return [path for path in job.inputs if path.suffix in (".zip", ".npz")]


READERS = [stage for stage, job in FIRST.items() if shards_of(job)]


@contextmanager
def spoilt(path: Path, data: bytes | None) -> Iterator[None]:
    """Another content in place of a file's, or none; as it was at the end."""
    whole = path.read_bytes()
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    yield
    path.write_bytes(whole)


@pytest.mark.parametrize("stage", READERS)
def test_a_spoilt_shard_is_named_and_a_whole_one_gives_the_usual_bytes(
    stage: str, victim_of: Callable[[str], Victim], torture: bool
) -> None:
    if stage in SLOW and not torture:
        pytest.skip("takes long")
    victim, draw = victim_of(stage), random.Random(stage)
    name = draw.choice(shards_of(victim.job))
    path = victim.root / name
    whole = path.read_bytes()
    for data in (None, b"", whole[: draw.randrange(len(whole))]):
        victim.clear()
        with spoilt(path, data):
            assert str(name) in victim.why(victim.run())
        assert victim.spoilt() == []
    for _ in range(FLIPS if torture else FLIPS_IN_SHORT):
        victim.clear()
        flipped = bytearray(whole)
        flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        with spoilt(path, bytes(flipped)):
            done = victim.run()
        assert done.returncode == 0 or str(name) in victim.why(done)
        assert victim.spoilt() == []
    victim.assert_ends_as_usual()
    victim.restore()


def without(path: Path, key: str) -> None:
    """Write a shard anew as a version did that had no such key in its index."""
    with Shard(path) as shard:
        index = {name: value for name, value in shard.index.items() if name != key}
        members = [(name, shard.read(name)) for name in shard.names]
    write_shard(path, members, index)


@pytest.mark.parametrize(
    ("stage", "shard", "key"),
    [
        ("vectorize", layout.sketches(0), "ids"),
        ("deform", layout.faces(0), "faces"),
        ("evaluate", layout.deformed(0), "changes"),
    ],
)
def test_a_shard_of_another_version_is_told_even_if_its_record_vouches_for_it(
    stage: str, shard: Path, key: str, victim_of: Callable[[str], Victim], torture: bool
) -> None:
    if stage in SLOW and not torture:
        pytest.skip("takes long")
    victim = victim_of(stage)
    (maker,) = (
        job for job in jobs(load_params(ROOT / "presets/test.yaml")) if shard in job.outputs
    )
    note, whole = victim.root / maker.provenance, (victim.root / shard).read_bytes()
    vouched = note.read_bytes()
    without(victim.root / shard, key)
    with chdir(victim.root):
        record(maker, {str(path): identify(path) for path in maker.inputs})
    victim.clear()
    if stage == "evaluate":  # which reads the shards that a list names
        told = victim.why(victim.run())
        assert str(shard) in told
    else:
        assert f"{shard}: expected {key!r} in its index" in victim.why(victim.run())
    note.write_bytes(vouched)
    (victim.root / shard).write_bytes(whole)
    victim.restore()


def test_a_shard_that_zip_tools_repacked_is_another_content_or_the_same(
    victim_of: Callable[[str], Victim],
) -> None:
    """Compression and times are not content; the bytes that come out are the usual ones."""
    victim = victim_of("vectorize")
    path = victim.root / layout.sketches(0)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    victim.clear()
    victim.assert_ends_as_usual()
    path.write_bytes(whole)
