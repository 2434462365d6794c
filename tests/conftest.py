"""Shared by all tests: fixtures by kind, and examples that are the same every time."""

import os

import pytest
from hypothesis import settings

from facepencil.gpus import count_gpus
from facepencil.numerics import AT_FIRST_USE

# torch is capped by process, and all tests share one: whatever precision they ask for.
os.environ.update(AT_FIRST_USE)

pytest_plugins = [
    "tests.fixtures.commands",
    "tests.fixtures.assets",
    "tests.fixtures.faces",
    "tests.fixtures.chain",
    "tests.fixtures.finder",
    "tests.fixtures.mlflow_store",
    "tests.fixtures.servers",
    "tests.fixtures.slurm",
    "tests.fixtures.projects",
]

# Drawn examples are the same every time, and no deadline fails on a busy machine.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("cuda") and not count_gpus():
        pytest.skip("no GPU here: what needs one is not measured")
