import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children

import cv2
import numpy as np
import pytest

from facepencil.serving.child_process import ChildProcess
from facepencil.serving.refused import Refused


@pytest.fixture
def child():
    found = ChildProcess(patience_s=20, most=2)
    yield found
    found.close()


def test_calls_run_in_one_other_process(child):
    found = child.call(os.getpid)
    assert found != os.getpid() and child.call(os.getpid) == found


def test_what_is_raised_there_is_raised_here(child):
    with pytest.raises(FileNotFoundError, match="absent"):
        child.call(os.stat, "absent")
    assert child.call(abs, -3) == 3


def test_a_call_that_takes_too_long_or_ends_the_process_is_refused():
    child = ChildProcess(patience_s=3)
    child.call(abs, -3)
    with pytest.raises(Refused, match="more than 3 s"):
        child.call(time.sleep, 60)
    with pytest.raises(Refused, match="could not be traced"):
        child.call(os._exit, 1)
    assert child.call(abs, -3) == 3
    child.close()


def test_a_process_that_was_ended_between_calls_is_started_anew(child):
    ended = child.call(os.getpid)
    os.kill(ended, signal.SIGKILL)
    while ended in [one.pid for one in active_children()]:
        time.sleep(0.01)
    assert child.call(os.getpid) != ended


def test_callers_beyond_the_most_are_told_to_come_again(child):
    child.call(abs, -3)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(child.call, time.sleep, 1) for _ in range(2)]
        time.sleep(0.3)
        with pytest.raises(Refused, match="try again") as told:
            child.call(abs, -3)
        assert told.value.status == 503
        for one in waiting:
            one.result()


def test_a_call_that_takes_too_much_memory_is_refused():
    child = ChildProcess(patience_s=20, memory=1_000_000_000)
    assert len(child.call(bytes, 10_000_000)) == 10_000_000
    for greedy, size in ((bytes, 2_000_000_000), (blank_picture, 50_000)):
        with pytest.raises(Refused, match="too much memory"):
            child.call(greedy, size)
    assert child.call(abs, -3) == 3
    child.close()


def blank_picture(side):
    return cv2.copyMakeBorder(np.zeros((1, 1), np.uint8), 0, side, 0, side, cv2.BORDER_CONSTANT)
