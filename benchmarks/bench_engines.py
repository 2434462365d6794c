"""How long each engine takes to find nothing to do, in turn: python -m benchmarks.bench_engines.

Wants a finished run in the repository's root (`make reproduce`).
"""

import statistics
import subprocess
import time

ROUNDS = 5
COMMANDS = {
    "snakemake --cores all": ["snakemake", "--cores", "all"],
    "dvc repro": ["dvc", "repro"],
    "python -c 'import torch' (reference)": ["python", "-c", "import torch"],
}


def seconds(command: list[str]) -> float:
    """Wall time of one run, which must find nothing to do."""
    begun = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    text = done.stdout + done.stderr
    assert command[0] == "python" or "Nothing to be done" in text or "up to date" in text, text
    return time.perf_counter() - begun


def main() -> None:
    """Medians over rounds, the commands in turn."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    for name, values in times.items():
        print(f"{name}: {statistics.median(values):.1f} s (median of {ROUNDS})")


if __name__ == "__main__":
    main()
