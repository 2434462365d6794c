from pathlib import Path

import pytest
import torch

from facepencil.training.checkpoint import CheckpointError, load_state, save_state

CPU = torch.device("cpu")
STATE = {"seen": 8, "log": [{"l1": 0.5}], "weights": {"a": torch.arange(3.0)}}


def test_a_state_comes_back(tmp_path: Path) -> None:
    save_state(tmp_path / "deep/state.pt", STATE)
    found = load_state(tmp_path / "deep/state.pt", CPU)
    assert found is not None
    assert (found["seen"], found["log"]) == (8, [{"l1": 0.5}])
    assert torch.equal(found["weights"]["a"], torch.arange(3.0))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["state.pt"]


def test_no_state_is_none(tmp_path: Path) -> None:
    assert load_state(tmp_path / "state.pt", CPU) is None


def test_a_state_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    save_state(path, STATE)
    with pytest.raises(Exception, match="pickle"):
        save_state(path, {"seen": lambda: 9})
    found = load_state(path, CPU)
    assert found is not None and found["seen"] == 8


def test_a_damaged_state_is_named(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    save_state(path, STATE)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CheckpointError, match=r"state\.pt"):
        load_state(path, CPU)


def test_a_state_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    torch.save({"seen": Path("x")}, path)
    with pytest.raises(CheckpointError, match="not a training state"):
        load_state(path, CPU)
