"""Photos in a file: the same bytes as in the shards, made once, and none of them in memory."""

import numpy as np
import pytest

from facepencil.config.split import SplitParams
from facepencil.data import photo_file as module
from facepencil.data.face_set import ids_of, open_faces
from facepencil.data.photo_file import mean_photo, photo_file
from facepencil.images import decode_png, resize
from facepencil.store import Shard, ShardError
from tests.fixtures.commands import Workplace, kill_when
from tests.fixtures.faces import FaceShards


@pytest.fixture
def shards(make_shards, tmp_path) -> FaceShards:
    return make_shards(tmp_path, 2)


@pytest.fixture
def ids(shards: FaceShards) -> list[str]:
    every = [face["id"] for path in shards.faces for face in index(path)]
    return sorted(every)[::3]


def index(path):
    with Shard(path) as shard:
        return shard.index["faces"]


def photo_of(shards: FaceShards, name: str, size: int):
    for path in shards.faces:
        with Shard(path) as shard:
            if f"{name}.png" in shard.names:
                return resize(decode_png(shard.read(f"{name}.png")), size)
    raise AssertionError(name)


def test_each_photo_is_that_of_its_shard(shards, ids, tmp_path):
    found = photo_file(tmp_path / "photos", shards.faces, ids, 24)
    assert len(found) == len(ids)
    for place, name in enumerate(ids):
        assert np.array_equal(found[place], photo_of(shards, name, 24))
    with pytest.raises(IndexError):
        found[len(ids)]
    assert np.array_equal(
        mean_photo(found),
        np.rint(np.stack([found[place] for place in range(len(ids))]).mean(axis=0)),
    )


def test_two_jobs_share_a_file_and_others_have_their_own(shards, ids, tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    photo_file(folder, shards.faces, ids, 24)
    (made,) = folder.glob("*.rgb")
    photo_file(folder, shards.faces, ids[1:], 24)
    photo_file(folder, shards.faces, ids, 16)
    assert len(list(folder.glob("*.rgb"))) == 3
    monkeypatch.setattr(module, "_write", None)  # would fail if it were made again
    photo_file(folder, shards.faces[::-1], ids, 24)
    made.write_bytes(b"cut short")
    with pytest.raises(ShardError, match=r"expected \d+ photos of 24 px; remove the file"):
        photo_file(folder, shards.faces, ids, 24)


def test_a_face_in_no_shard_is_an_error_and_leaves_no_file(shards, ids, tmp_path):
    with pytest.raises(ShardError, match="no photos of"):
        photo_file(tmp_path / "photos", shards.faces[:1], ids, 24)
    assert not list((tmp_path / "photos").glob("*.rgb"))


def test_a_job_that_is_killed_while_it_makes_the_file_leaves_none(shards, ids, tmp_path):
    folder = tmp_path / "photos"
    code = (
        "import sys, time; from pathlib import Path; from facepencil.data import photo_file as m\n"
        "write = m._write_shard\n"
        "def slowly(*a): write(*a); print('half', flush=True); time.sleep(600)\n"
        "m._write_shard = slowly\n"
        "m.photo_file(Path(sys.argv[1]), [Path(p) for p in sys.argv[3:]], sys.argv[2].split(), 24)"
    )
    job = Workplace(tmp_path).start("python", "-c", code, folder, " ".join(ids), *shards.faces)
    assert job.stdout is not None and job.stdout.readline() == "half\n"
    kill_when(lambda: True, job)
    assert not list(folder.glob("[!.]*.rgb"))
    found = photo_file(folder, shards.faces, ids, 24)
    assert np.array_equal(found[0], photo_of(shards, ids[0], 24))


MEMORY = """
import resource, sys
from pathlib import Path
import numpy as np
from facepencil.data.photo_file import PhotoFile
count = int(sys.argv[2])
photos = PhotoFile(Path(sys.argv[1]), count, 64)
order = np.random.default_rng(0).permutation(count)
print(sum(int(photos[int(place)][0, 0, 0]) for place in order), end=" ")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_is_the_same_for_a_hundred_times_as_many_photos(tmp_path):
    """12 kB a photo: 2.5 and 245 MB, all of them read, in any order."""
    peaks = []
    for count in (200, 20_000):
        path = tmp_path / f"{count}.rgb"
        with path.open("wb") as file:
            file.truncate(count * 64 * 64 * 3)
        done = Workplace(tmp_path).run("python", "-c", MEMORY, path, count)
        peaks.append(int(done.stdout.split()[1]) / 1024)
    assert peaks[1] < peaks[0] + 16, peaks


def test_a_set_of_faces_reads_photos_and_strokes_by_place(shards, tmp_path):
    ids = [one for part in ("train", "val") for one in ids_of(shards.faces, part, 0, SplitParams())]
    faces = open_faces(*shards, ids, 24, tmp_path / "photos")
    assert len(faces.photos) == len(faces.strokes) == len(ids)
