"""What stands below a table: on how much it rests, what may be concluded, what its metrics are."""

from facepencil.reporting.results import Variants
from facepencil.reporting.rows import smallest_visible

_TOLD = {"level": "how strongly each sketch is deformed", "palette": "the palette of each photo"}


def spread(variants: Variants) -> str:
    """N, seeds and how the intervals were computed, in words."""
    seeds = next(iter(variants.values()))
    how = seeds[0].conditions.evaluate
    names = ", ".join(str(one.seed) for one in seeds)
    many = len(seeds) > 1
    over = "photos and seeds" if many else f"photos ({how.bootstrap} bootstrap resamples)"
    return (
        f"N = {seeds[0].n} test photos, {seeds[0].conditions.size_px} px, "
        f"training seed{'s' if many else ''} {names}, {how.confidence:.0%} intervals over {over}"
    )


def conclusions(variants: Variants, level: str) -> str:
    """How letters are read, what differences could have been seen, and what one seed cannot say."""
    subject, seeds = next(iter(variants.items()))
    error = 1 - seeds[0].conditions.evaluate.confidence
    visible = ", ".join(
        f"{metric} {value:.2g}" for metric, value in smallest_visible(variants, level).items()
    )
    by_seeds = ", and by seeds that vary alike in all rows" if len(seeds) > 1 else ""
    said = [
        "Rows that share a letter cannot be told apart "
        f"(all pairs, by photo{by_seeds}; Holm, {error:.0%})"
    ]
    if visible:
        said.append(
            f"Smallest difference to {subject} at d = {level} that these data would have shown in "
            f"80% of cases: {visible}"
        )
    if len(seeds) == 1:
        said[0] += (
            "; with one seed nothing may be concluded about methods: letters and intervals speak "
            "of these very models on other photos"
        )
    return ". ".join(said)


def note(variants: Variants, level: str) -> str:
    """The note below every table: `spread`, `conclusions`, and what the metrics are."""
    first = next(iter(variants.values()))[0]
    metrics = "; ".join(
        f"{name} ({one.better} is better): {one.meaning}" for name, one in first.metrics.items()
    )
    drawn = {name: one[0].conditions.drawing for name, one in variants.items()}
    ways = [
        f"{name} is tested on sketches of its own ({way})" for name, way in drawn.items() if way
    ]
    ways += [
        f"{name} is told {' and '.join(_TOLD[what] for what in one[0].conditions.told)}"
        for name, one in variants.items()
        if one[0].conditions.told
    ]
    return f"{'. '.join([spread(variants), conclusions(variants, level), *ways])}. {metrics}."
