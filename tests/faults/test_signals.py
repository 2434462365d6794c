"""Law 4: killed or stopped at any moment, a stage's next run ends with the usual bytes.

A signal that comes after the stage has ended by itself does not count.
"""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest

from pipeline import layout
from tests.faults.victim import FIRST, SLOW, Victim
from tests.fixtures.commands import wait_for

pytestmark = pytest.mark.slow

ENDS = (signal.SIGKILL, signal.SIGTERM)
KILLS, KILLS_OF_SLOW, KILLS_IN_SHORT = 12, 3, 2
IN_SHORT = ("crop", "vectorize", "dataset", "classifier", "train", "report")
TRIES = 20
"""Signals that come too late before it is called a fault of the test."""


def undisturbed(victim: Victim) -> float:
    """Seconds that the stage takes."""
    victim.clear()
    begun = time.monotonic()
    victim.assert_ends_as_usual()
    return time.monotonic() - begun


def ended_by(victim: Victim, seconds: float, number: signal.Signals) -> bool:
    """Send a signal so long after the start; whether it ended the stage."""
    run = victim.start()
    time.sleep(seconds)
    run.signal(number)
    done = run.wait()
    assert "Traceback" not in done.stdout
    assert victim.spoilt() == [], f"half written {seconds:.3f} s after the start"
    return done.returncode != 0


@pytest.mark.parametrize("stage", FIRST)
def test_ended_at_random_moments(
    stage: str, victim_of: Callable[[str], Victim], torture: bool, tally: Counter[str]
) -> None:
    if not torture and stage not in IN_SHORT:
        pytest.skip("in short other stages are tried")
    victim, draw = victim_of(stage), random.Random(stage)
    length = undisturbed(victim)
    wanted = (KILLS_OF_SLOW if stage in SLOW else KILLS) if torture else KILLS_IN_SHORT
    landed = tries = 0
    while landed < wanted:
        # One that is killed again and again goes on from what the kill before left.
        if draw.random() < 0.5:
            victim.clear()
        number = ENDS[landed % 2]
        if ended_by(victim, draw.uniform(0, length), number):
            landed += 1
            tally[f"{stage}: {number.name}"] += 1
        else:
            tries += 1
            length *= 0.9
            victim.clear()
            assert tries < TRIES, f"all ends within {length:.3f} s"
    victim.assert_ends_as_usual()
    victim.restore()


@pytest.mark.parametrize("stage", FIRST)
def test_stopped_for_a_while_it_goes_on(
    stage: str, victim_of: Callable[[str], Victim], torture: bool, tally: Counter[str]
) -> None:
    if not torture and stage != "train":
        pytest.skip("in short one stage is tried")
    victim, draw = victim_of(stage), random.Random(stage)
    length = undisturbed(victim)
    victim.clear()
    run = victim.start()
    for _ in range(2 if torture else 1):
        time.sleep(draw.uniform(0, length / 3))
        run.signal(signal.SIGSTOP)
        time.sleep(0.1)
        assert victim.spoilt() == []
        run.signal(signal.SIGCONT)
        tally[f"{stage}: SIGSTOP"] += 1
    assert run.wait().returncode == 0
    assert victim.spoilt() == []
    victim.restore()


def test_a_spoilt_newest_state_costs_no_bit(victim_of: Callable[[str], Victim]) -> None:
    victim = victim_of("train")
    victim.clear()
    run = victim.start()
    states = victim.root / layout.TRAININGS
    # Between two states there is a moment without a newest one.
    wait_for(lambda: len(list(states.glob("*/state.*pt"))) == 2)
    run.signal(signal.SIGKILL)
    assert run.wait().returncode == -signal.SIGKILL, "ended before it could be killed"
    (newest,) = states.glob("*/state.pt")
    newest.write_bytes(newest.read_bytes()[:-1000])
    victim.assert_ends_as_usual()
    log = (victim.root / layout.log("train", victim.job.options)).read_text()
    assert "state.pt: not a training state" in log and "goes back to state.before.pt" in log
    victim.restore()
