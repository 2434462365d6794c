"""What trainings took, as a table: kept apart, since another machine takes another time."""

import csv
import io
import statistics
from collections.abc import Mapping, Sequence

from facepencil.training.cost import Cost


def costs_csv(costs: Mapping[str, Sequence[Cost]]) -> str:
    """Mean over the seeds: variant, cpu_minutes, photos_per_cpu_second, seeds, processor."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("variant", "cpu_minutes", "photos_per_cpu_second", "seeds", "processor"))
    for name, each in costs.items():
        minutes = mean_minutes(each)
        speed = sum(one.photos_per_second for one in each) / len(each)
        lines.writerow((name, f"{minutes:.3f}", f"{speed:.2f}", len(each), each[0].processor))
    return text.getvalue()


def mean_minutes(costs: Sequence[Cost]) -> float:
    """CPU minutes of a training, the mean over the seeds."""
    return statistics.fmean(one.cpu_minutes for one in costs)
