from typing import get_args

import pytest
import yaml

from facepencil.assets.registry import REGISTRY, AssetError, Manual, load_registry
from facepencil.config.download import DownloadParams


def spoil(tmp_path, name, **changes):
    """The real registry with one entry's keys changed (None: taken away)."""
    whole = yaml.safe_load(REGISTRY.read_text())
    kept = {key: value for key, value in (whole[name] | changes).items() if value is not None}
    path = tmp_path / "registry.yaml"
    path.write_text(yaml.safe_dump(whole | {name: kept}))
    return path


def test_every_source_of_the_params_is_in_the_registry():
    registry = load_registry()
    for name in get_args(DownloadParams.model_fields["source"].annotation):
        assert registry.photos(name).terms


def test_a_file_without_a_pinned_hash_says_where_a_person_gets_it():
    photos = [each for each in load_registry().root.values() if each.kind == "photos"]
    unpinned = [file for each in photos for file in each.files if file.sha256 is None]
    assert unpinned
    assert all(isinstance(file.sources[-1], Manual) for file in unpinned)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"licence": None}, "yunet.weights.licence: Field required"),
        ({"color": "red"}, "yunet.weights.color: Extra inputs"),
        ({"kind": "song"}, "yunet: Input tag 'song'"),
        ({"members": {}}, "yunet.weights.members"),
        ({"file": {"name": "a/b", "sources": []}}, "yunet.weights.file.name"),
    ],
)
def test_a_wrong_entry_is_named_by_file_and_key(changes, told, tmp_path):
    path = spoil(tmp_path, "yunet", **changes)
    with pytest.raises(AssetError) as error:
        load_registry(path)
    assert str(path) in str(error.value) and told in str(error.value)


def test_a_package_without_a_hash_is_refused(tmp_path):
    file = {"name": "a.whl", "sources": [{"kind": "npm", "package": "a", "version": "1"}]}
    with pytest.raises(AssetError, match="needs its sha256"):
        load_registry(spoil(tmp_path, "yunet", file=file))


def test_a_partition_must_be_among_the_files(tmp_path):
    with pytest.raises(AssetError, match=r"'x\.txt' is not among the files"):
        load_registry(spoil(tmp_path, "celeba", partition="x.txt"))


def test_unknown_names_are_told_with_the_known_ones():
    with pytest.raises(AssetError, match="celeba-mini"):
        load_registry().photos("hed")
    with pytest.raises(AssetError, match=r"hed\.h5"):
        load_registry().weights("celeba")


def test_an_unreadable_registry_is_named(tmp_path):
    with pytest.raises(AssetError, match="absent"):
        load_registry(tmp_path / "absent.yaml")
