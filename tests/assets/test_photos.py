import zipfile

import cv2
import numpy as np
import pytest
from skimage import data

from facepencil.assets.fetch import Cache
from facepencil.assets.masks import PARTS, label_map
from facepencil.assets.photos import mask_of, open_photos, open_source
from facepencil.assets.registry import AssetError, Registry, load_registry
from facepencil.images import decode_png

PARTITION = "".join(f"{n:06d}.jpg {split}\n" for n, split in ((1, 0), (2, 2), (7, 1), (9, 2)))


def photo(number, extension=".jpg"):
    """A real photo, another one for each number."""
    face = np.roll(data.astronaut()[:256, 100:356], number, axis=1)
    return cv2.imencode(extension, face)[1].tobytes()


def pack(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path.read_bytes()


def served_registry(loopback, name):
    """The real entry, its files at the loopback server instead of upstream's."""
    entry = load_registry().root[name].model_dump()
    for file in entry["files"]:
        file["sources"] = [{"kind": "url", "urls": [loopback.url(file["name"])]}]
    return Registry.model_validate({name: entry})


@pytest.fixture
def opened(loopback, patience, tmp_path):
    cache = Cache(tmp_path / "downloads", tmp_path / "assets.lock", patience)
    return lambda name: open_photos(name, None, served_registry(loopback, name), cache)


def test_celeba_has_the_official_parts(loopback, opened, tmp_path):
    members = {f"img_align_celeba/{n:06d}.jpg": photo(n) for n in (9, 2, 1)}
    loopback.files["img_align_celeba.zip"] = pack(tmp_path / "a", {"readme": "", **members})
    loopback.files["list_eval_partition.txt"] = PARTITION.encode()
    with opened("celeba") as photos:
        found = [(each.id, each.file, each.split) for each in photos.photos]
        assert photos.read(photos.photos[2].member) == photo(9)
        assert mask_of(photos.photos[0], photos.read) is None
    assert found == [
        ("000001", "000001.jpg", "train"),
        ("000002", "000002.jpg", "test"),
        ("000009", "000009.jpg", "test"),
    ]


def test_a_photo_missing_from_the_partition_is_named(loopback, opened, tmp_path):
    loopback.files["img_align_celeba.zip"] = pack(tmp_path / "a", {"img_align_celeba/3.jpg": b""})
    loopback.files["list_eval_partition.txt"] = PARTITION.encode()
    with pytest.raises(AssetError, match=r"3\.jpg is not in the official partition"):
        opened("celeba").__enter__()


@pytest.mark.parametrize("text", ["000001.jpg 3\n", "000001.jpg\n", "000001.jpg x\n"])
def test_a_wrong_partition_is_named(text, loopback, opened, tmp_path):
    loopback.files["img_align_celeba.zip"] = pack(tmp_path / "a", {"img_align_celeba/3.jpg": b""})
    loopback.files["list_eval_partition.txt"] = text.encode()
    with pytest.raises(AssetError, match=r"list_eval_partition\.txt: expected lines"):
        opened("celeba").__enter__()


def part_mask(left, right):
    mask = np.zeros((512, 512, 3), np.uint8)
    mask[:, left:right] = 255
    return cv2.imencode(".png", mask)[1].tobytes()


@pytest.fixture
def celebamask(loopback, tmp_path):
    root = "CelebAMask-HQ/"
    anno = root + "CelebAMask-HQ-mask-anno/"
    members = {
        root + "CelebA-HQ-to-CelebA-mapping.txt": "idx orig_idx orig_file\n"
        "0      1    000002.jpg\n10     8    000009.jpg\n2      6    000007.jpg\n",
        **{f"{root}CelebA-HQ-img/{n}.jpg": photo(n) for n in (0, 10, 2)},
        anno + "0/00000_hair.png": part_mask(0, 100),
        anno + "0/00000_skin.png": part_mask(50, 300),
        anno + "0/00010_cloth.png": part_mask(10, 20),
        root + "README.txt": "",
    }
    loopback.files["CelebAMask-HQ.zip"] = pack(tmp_path / "a", members)
    loopback.files["list_eval_partition.txt"] = PARTITION.encode()


def test_celebamask_hq_has_parts_of_celeba_and_one_label_map(celebamask, opened):
    with opened("celebamask-hq") as photos:
        assert [(p.id, p.split) for p in photos.photos] == [
            ("00000", "test"),
            ("00002", "val"),
            ("00010", "test"),
        ]
        assert photos.read(photos.photos[2].member) == photo(10)
        masks = [mask_of(each, photos.read) for each in photos.photos]
    assert masks[1] is None
    labels = decode_png(masks[0])
    assert labels.shape == (512, 512) and labels.dtype == np.uint8
    expected = np.zeros(512)
    expected[50:300] = 1
    expected[:100] = PARTS.index("hair") + 1
    assert (labels == expected).all()


def test_a_mask_of_another_size_or_none_is_named():
    with pytest.raises(ValueError, match="mask of skin: expected an image of 512 x 512"):
        label_map([("skin", b"no image")])
    with pytest.raises(ValueError, match="mask of hat"):
        label_map([("hat", cv2.imencode(".png", np.zeros((5, 5)))[1].tobytes())])


def test_an_unknown_part_is_named(loopback, opened, tmp_path):
    name = "CelebAMask-HQ/CelebAMask-HQ-mask-anno/0/00000_tail.png"
    loopback.files["CelebAMask-HQ.zip"] = pack(tmp_path / "a", {name: b""})
    loopback.files["list_eval_partition.txt"] = b""
    with pytest.raises(AssetError, match=r"00000_tail\.png: expected"):
        opened("celebamask-hq").__enter__()


def test_ffhq(loopback, opened, tmp_path):
    members = {f"images1024x1024/0{n}000/0{n}000.png": photo(n, ".png") for n in (2, 1)}
    packed = pack(tmp_path / "a", {"images1024x1024/LICENSE.txt": "", **members})
    loopback.files["images1024x1024.zip"] = packed
    with opened("ffhq") as photos:
        assert [(p.id, p.file, p.split) for p in photos.photos] == [
            ("01000", "01000.png", None),
            ("02000", "02000.png", None),
        ]
        assert photos.read(photos.photos[0].member) == photo(1, ".png")


def test_an_archive_without_photos_or_with_one_id_twice_is_named(loopback, opened, tmp_path):
    loopback.files["images1024x1024.zip"] = pack(tmp_path / "a", {"LICENSE.txt": ""})
    with pytest.raises(AssetError, match=r"images1024x1024\.zip: no photos in it"):
        opened("ffhq").__enter__()
    for path in (tmp_path / "downloads/images1024x1024.zip", tmp_path / "assets.lock"):
        path.unlink()
    loopback.files["images1024x1024.zip"] = pack(tmp_path / "a", {"a/1.png": "", "b/1.png": ""})
    with pytest.raises(AssetError, match="1 photos share an id"):
        opened("ffhq").__enter__()


def test_equal_photos_of_an_archive_are_a_group(loopback, opened, tmp_path):
    contents = {"04": photo(1), "02": photo(2), "03": photo(1), "01": photo(3)}
    members = {f"images1024x1024/{n}.png": data for n, data in contents.items()}
    loopback.files["images1024x1024.zip"] = pack(tmp_path / "a", members)
    with opened("ffhq") as photos:
        groups = {each.id: each.group for each in photos.photos}
    assert groups == {"00001": "00001", "00002": "00002", "00003": "00003", "00004": "00003"}


@pytest.fixture
def own(tmp_path, patience):
    """Opens a folder of one's own photos, of the given contents."""
    cache = Cache(tmp_path / "downloads", tmp_path / "assets.lock", patience)

    def own(group, contents):
        for name, content in contents.items():
            (tmp_path / "own" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "own" / name).write_bytes(content)
        return open_photos("folder", tmp_path / "own", load_registry(), cache, group)

    return own


CONTENTS = {
    "a/1.jpg": b"one",
    "a/deep/2.jpg": b"two",
    "b/1.jpg": b"one",
    "b/3.jpg": b"three",
    "c/3.jpg": b"three",
    "d/4.jpg": b"four",
    "e.jpg": b"five",
    "f.jpg": b"five",
}


def test_equal_photos_of_a_folder_are_a_group_named_by_the_first(own):
    with own("photo", CONTENTS) as photos:
        found = {each.member: each for each in photos.photos}
    for members in (("a/1.jpg", "b/1.jpg"), ("b/3.jpg", "c/3.jpg"), ("e.jpg", "f.jpg")):
        ids = [found[name].id for name in members]
        assert [found[name].group for name in members] == [min(ids), min(ids)]
    for name in ("a/deep/2.jpg", "d/4.jpg"):
        assert found[name].group == found[name].id


def test_a_folder_is_a_group_and_a_shared_photo_joins_two(own):
    with own("folder", CONTENTS) as photos:
        groups = {each.member: each.group for each in photos.photos}
        ids = {each.member: each.id for each in photos.photos}
    assert {groups[name] for name in CONTENTS if name[:2] in ("b/", "c/")} == {"a/"}
    assert groups["a/1.jpg"] == "a/"
    assert groups["a/deep/2.jpg"] == "a/deep/" and groups["d/4.jpg"] == "d/"
    assert groups["e.jpg"] == groups["f.jpg"] == min(ids["e.jpg"], ids["f.jpg"])


def test_a_source_is_read_by_name_without_being_listed(tmp_path, patience):
    (tmp_path / "a.jpg").write_bytes(b"photo")
    (tmp_path / "dead").symlink_to(tmp_path / "nowhere")  # a listing would stop at it
    cache = Cache(tmp_path / "downloads", tmp_path / "assets.lock", patience)
    with open_source("folder", tmp_path, load_registry(), cache) as read:
        assert read("a.jpg") == b"photo"
