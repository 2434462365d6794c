from pathlib import Path

import pytest
import torch

from facepencil.training.checkpoint import CheckpointError, load_state, save_state, state_before

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


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    for seen in (8, 16, 24):
        save_state(path, STATE | {"seen": seen})
    assert sorted(tmp_path.iterdir()) == [state_before(path), path]
    kept = [load_state(one, CPU) for one in (state_before(path), path)]
    assert [state and state["seen"] for state in kept] == [16, 24]


@pytest.mark.parametrize("damage", ["cut", "one bit", "no zip"])
def test_a_damaged_state_gives_way_to_the_one_before(
    tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state.pt"
    for seen in (8, 16):
        save_state(path, STATE | {"seen": seen})
    data = bytearray(path.read_bytes())
    place = data.index(torch.arange(3.0).numpy().tobytes())
    data[place] ^= 1
    path.write_bytes({"cut": data[:-300], "one bit": data, "no zip": b"torn"}[damage])
    found = load_state(path, CPU)
    assert found is not None and found["seen"] == 8
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(path) in said and "goes back to state.before.pt" in said
    # What is saved next leaves the good one in place.
    save_state(path, STATE | {"seen": 24})
    kept = load_state(state_before(path), CPU)
    assert kept is not None and kept["seen"] == 8


def test_killed_between_two_names_the_one_before_is_found(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    save_state(path, STATE)
    path.replace(state_before(path))
    found = load_state(path, CPU)
    assert found is not None and found["seen"] == 8
