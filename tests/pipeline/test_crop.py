"""Stage `crop` on real photos among useless ones."""

import re
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest

from facepencil.config.crop import CropParams
from facepencil.config.params import Params
from facepencil.faces.align import template
from facepencil.faces.decode import decode
from facepencil.faces.detect import Detector
from facepencil.images import decode_png, encode_png
from facepencil.store import Shard, ShardError, write_shard
from pipeline import layout
from pipeline.crop import crop, summary
from tests.fixtures.faces import write_raw
from tests.fixtures.stages import furnish, link, vouch


@pytest.fixture
def paths(tmp_path, weights):
    return tmp_path / "raw.zip", weights("yunet.onnx"), tmp_path / "faces.zip"


@pytest.fixture
def couple(celeba_photos):
    """Two people, the one at the right a little smaller."""
    one, other = (decode(celeba_photos[name]) for name in ("000001", "000002"))
    small = cv2.copyMakeBorder(cv2.resize(other, (142, 174)), 0, 44, 0, 0, cv2.BORDER_CONSTANT)
    return encode_png(np.hstack([one, small]))


def test_every_photo_is_used_or_listed(paths, celeba_photos):
    useless = {
        "blank": encode_png(np.full((200, 200, 3), 128, np.uint8)),
        "empty": b"",
        "half": celeba_photos["000001"][:2000],
        "text": b"not a photo",
    }
    write_raw(paths[0], celeba_photos | useless)
    index = crop(*paths, CropParams())
    with Shard(paths[2]) as shard:
        assert shard.index == index
        assert shard.names == [f"{face['id']}.png" for face in index["faces"]]
        assert {decode_png(shard.read(name)).shape for name in shard.names} == {(256, 256, 3)}
    assert [face["id"] for face in index["faces"]] == sorted(celeba_photos)
    reasons = {reject["id"]: reject["reason"] for reject in index["rejects"]}
    assert list(reasons) == ["blank", "empty", "half", "text"]
    assert reasons["blank"] == "no face found"
    assert "truncated" in reasons["half"]
    assert "not an image" in reasons["text"]
    assert summary(index).startswith("24 faces, 2 rejected (not an image")


def test_faces_lie_alike_with_level_eyes(paths, celeba_photos):
    write_raw(paths[0], celeba_photos)
    params = CropParams(size=128)
    points = np.array([face["points"] for face in crop(*paths, params)["faces"]])
    expected = template(params.size, params.face_fraction)
    assert np.abs(points.mean(axis=0) - expected).max() < 2.5
    across, down = (points[:, 1] - points[:, 0]).T
    tilts = np.degrees(np.abs(np.arctan2(down, across)))
    assert np.median(tilts) < 1
    # Two of the 24 are profiles, whose eyes nearly coincide.
    assert tilts.max() < 8


def test_listed_points_lie_on_the_cropped_face(paths, celeba_photos):
    write_raw(paths[0], celeba_photos)
    index, detector = crop(*paths, CropParams()), Detector(paths[1], 0.7)
    shifts = []
    with Shard(paths[2]) as shard:
        for face in index["faces"]:
            image = decode_png(shard.read(f"{face['id']}.png"))
            found = detector.refine(image, detector.detect(image)[0]).points
            shifts.append(np.abs(found - face["points"]).mean())
    assert np.median(shifts) < 3
    assert max(shifts) < 13


def test_a_photo_turned_by_its_exif_gives_the_same_crop(paths, celeba_photos):
    photo = celeba_photos["000001"]
    stored = np.ascontiguousarray(np.rot90(decode(photo)))
    turned = cv2.imencode(".png", stored[..., ::-1])[1].tobytes()
    # An eXIf chunk of a big-endian TIFF header with one entry: orientation 6.
    exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    turned = turned[:33] + png_chunk(b"eXIf", exif) + turned[33:]
    write_raw(paths[0], {"stored": turned, "upright": photo})
    crop(*paths, CropParams())
    with Shard(paths[2]) as shard:
        assert shard.read("stored.png") == shard.read("upright.png")


def png_chunk(kind, data):
    body = kind + data
    return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def test_several_faces(paths, couple):
    write_raw(paths[0], {"couple": couple})
    largest = crop(*paths, CropParams())["faces"]
    assert [face["id"] for face in largest] == ["couple"]
    assert largest[0]["box"][0] < 178
    every = crop(*paths, CropParams(faces="all"))["faces"]
    assert [(face["id"], face["photo"]) for face in every] == [
        ("couple-0", "couple"),
        ("couple-1", "couple"),
    ]
    assert every[0]["box"][0] < 178 < every[1]["box"][0]
    assert "several faces" in crop(*paths, CropParams(faces="reject"))["rejects"][0]["reason"]


def test_small_faces_do_not_count(paths, couple):
    write_raw(paths[0], {"couple": couple})
    sizes = [max(face["box"][2:]) for face in crop(*paths, CropParams(faces="all"))["faces"]]
    between = CropParams(faces="reject", min_face_px=round(sum(sizes) / 2))
    assert [face["id"] for face in crop(*paths, between)["faces"]] == ["couple"]
    above = CropParams(min_face_px=round(sizes[0]) + 1)
    assert "crop.min_face_px" in crop(*paths, above)["rejects"][0]["reason"]


def test_mask_and_split_come_along(paths, celeba_photos):
    """The mask is the photo's own brightness in three steps, at twice its size."""
    photos = {name: celeba_photos[name] for name in ("000001", "000002")}
    masks = {}
    for name, photo in photos.items():
        steps = (decode(photo)[..., 1] // 86).repeat(2, axis=0).repeat(2, axis=1)
        masks[name] = encode_png(steps)
    write_raw(paths[0], photos, masks, {"000001": "test", "000002": "train"})
    index = crop(*paths, CropParams())
    assert [face["split"] for face in index["faces"]] == ["test", "train"]
    with Shard(paths[2]) as shard:
        for name in photos:
            mask = decode_png(shard.read(f"{name}.mask.png"))
            assert set(np.unique(mask)) == {0, 1, 2}
            agree = mask == decode_png(shard.read(f"{name}.png"))[..., 1] // 86
            assert agree.mean() > 0.9


def test_threads_and_neighbours_change_no_byte(paths, celeba_photos):
    write_raw(paths[0], celeba_photos)
    written = {}
    try:
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            crop(*paths, CropParams())
            written[threads] = paths[2].read_bytes()
    finally:
        cv2.setNumThreads(1)
    assert written[1] == written[4]
    with Shard(paths[2]) as shard:
        among = shard.read("000020.png")
    write_raw(paths[0], {"000020": celeba_photos["000020"]})
    crop(*paths, CropParams())
    with Shard(paths[2]) as shard:
        assert shard.read("000020.png") == among


def test_memory_is_flat_in_the_number_of_photos(paths, celeba_photos):
    photo, peaks = celeba_photos["000001"], []
    for count in (8, 64):
        write_raw(paths[0], {f"{number:03}": photo for number in range(count)})
        tracemalloc.start()
        crop(*paths, CropParams())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] + 64 * 4000


def test_a_missing_shard_leaves_no_output(paths):
    with pytest.raises(ShardError, match=r"raw\.zip: no such shard"):
        crop(*paths, CropParams())
    assert not paths[2].exists()


def test_command_line(tmp_path, weights, celeba_photos):
    place = furnish(tmp_path, Params(crop=CropParams(size=96)))
    write_raw(tmp_path / layout.raw(1), celeba_photos | {"text": b"not a photo"})
    link(tmp_path, layout.weights("yunet.onnx"), weights("yunet.onnx"))
    vouch(tmp_path)
    done = place.run_stage("crop", "--shard", "1")
    assert re.search(r"crop 1: 24 faces, 1 rejected \(not an image", done.stderr)
    assert "WARN" not in (tmp_path / layout.log("crop", {"shard": 1})).read_text()
    with Shard(tmp_path / layout.faces(1)) as shard:
        assert shard.index["size"] == 96
    missing = place.run_stage("crop", "--shard", "0", check=False)
    assert missing.returncode == 1 and "data/raw/0.zip is not there yet" in missing.stderr


def test_photos_of_broken_masks_are_rejects_and_the_others_are_used(paths, celeba_photos):
    names = sorted(celeba_photos)[:4]
    good = encode_png(np.zeros((512, 512), np.uint8))
    coloured = encode_png(np.zeros((512, 512, 3), np.uint8))
    masks = dict(zip(names, (good, b"torn", coloured, good), strict=True))
    write_raw(paths[0], {name: celeba_photos[name] for name in names}, masks)
    index = crop(*paths, CropParams())
    assert [face["photo"] for face in index["faces"]] == [names[0], names[3]]
    assert index["rejects"] == [
        {"id": names[1], "reason": "mask: expected the bytes of a PNG image"},
        {"id": names[2], "reason": "mask: expected one channel, got 3"},
    ]


@pytest.mark.parametrize("name", ["refine", "detect"])
def test_a_photo_that_makes_the_detector_raise_is_a_reject(paths, celeba_photos, monkeypatch, name):
    """OpenCV's own error, of a photo brought to no size at all."""
    first, second = sorted(celeba_photos)[:2]
    whole, calls = getattr(Detector, name), []

    def hostile(self, *arguments):
        calls.append(name)
        if len(calls) == 1:
            cv2.resize(np.zeros((0, 0, 3), np.uint8), (5, 5))
        return whole(self, *arguments)

    monkeypatch.setattr(Detector, name, hostile)
    write_raw(paths[0], {n: celeba_photos[n] for n in (first, second)})
    index = crop(*paths, CropParams())
    assert [face["photo"] for face in index["faces"]] == [second]
    (reject,) = index["rejects"]
    assert reject["id"] == first and "empty" in reject["reason"] and "/" not in reject["reason"]


def test_a_fault_of_the_code_ends_the_stage(paths, celeba_photos, monkeypatch):
    monkeypatch.setattr(Detector, "refine", lambda self, photo: photo)
    write_raw(paths[0], dict(list(celeba_photos.items())[:1]))
    with pytest.raises(TypeError):
        crop(*paths, CropParams())
    assert not paths[2].exists()


def test_rejects_and_groups_of_the_raw_shard_are_carried_on(paths, celeba_photos):
    name = min(celeba_photos)
    entry = {"id": name, "file": "a.jpg", "group": "other", "split": "val"}
    early = {"id": "early", "reason": "mask of hair: expected an image"}
    index = {"photos": [entry], "rejects": [early]}
    write_shard(paths[0], [("a.jpg", celeba_photos[name])], index)
    found = crop(*paths, CropParams())
    (face,) = found["faces"]
    assert (face["group"], face["split"]) == ("other", "val")
    assert found["rejects"] == [early]
