"""Real assets for the tests: fetched through the registry, each archive once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from facepencil.assets.fetch import Cache
from facepencil.assets.photos import open_photos
from facepencil.assets.registry import load_registry
from facepencil.assets.weights import take_weights

# Drawn examples are the same every time, and no deadline fails on a busy machine.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

ROOT = Path(__file__).parents[1]
CACHE = Cache(ROOT / "state/downloads", ROOT / "assets.lock")


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Path of a weights file by the registry's name for it."""
    folder = tmp_path_factory.mktemp("weights")

    def take(file: str) -> Path:
        path = folder / file
        if not path.exists():
            take_weights(path, file, load_registry(), CACHE)
        return path

    return take


@pytest.fixture(scope="session")
def celeba_photos() -> dict[str, bytes]:
    """The first 24 photos of `celeba-mini`: JPEG bytes (178 x 218 px) by id."""
    with open_photos("celeba-mini", None, load_registry(), CACHE) as photos:
        return {photo.id: photos.read(photo.member) for photo in photos.photos[:24]}
