"""What a training takes, counted over several processes."""

import time

from facepencil.training.cost import Stopwatch


def test_time_counts_on_top_of_what_was_restored():
    watch = Stopwatch()
    watch.restore({"cpu_seconds": 100.0, "wall_seconds": 200.0})
    while time.process_time() - watch._begun["cpu_seconds"] < 0.05:
        sum(range(1000))
    found = watch.read()
    assert 100.05 <= found["cpu_seconds"] < 150
    assert 200.0 < found["wall_seconds"] < 250


def test_time_before_the_watch_does_not_count():
    sum(range(10**6))
    assert Stopwatch().read()["cpu_seconds"] < 0.5
