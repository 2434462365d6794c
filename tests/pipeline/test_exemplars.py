"""Stage `exemplars` on strokes of real photos, as the chain makes them."""

from facepencil.data.sets import list_faces, write_face_list
from facepencil.strokes.strokes import Facial, read_strokes
from pipeline.exemplars import exemplars


def test_whole_faces_of_training_are_kept_as_they_are(chain, tmp_path):
    drawn = read_strokes(chain / "strokes.npz")
    whole = sorted(name for name, one in drawn.items() if set(Facial) - {0} <= set(one.parts))
    listed = {"train": sorted(drawn)[4:], "val": sorted(drawn)[:4]}
    faces = list_faces(listed, [chain / "faces.zip"], [chain / "strokes.npz"])
    write_face_list(tmp_path / "train.json", faces)
    first, second = (tmp_path / name for name in ("first.npz", "second.npz"))
    for out in (first, second):
        count = exemplars(tmp_path / "train.json", out)
    assert first.read_bytes() == second.read_bytes()
    kept = read_strokes(first)
    assert list(kept) == [name for name in whole if name in listed["train"]]
    assert 2 < len(kept) == count
    for name, one in kept.items():
        assert (one.points == drawn[name].points).all()
