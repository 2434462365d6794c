"""Both recipes say the same, and what they run works; no image is built here."""

import re
import subprocess
import sys
from pathlib import Path

from tests.fixtures.commands import Workplace

ROOT = Path(__file__).parent.parent


def docker_steps() -> list[str]:
    """What the Dockerfile runs, a line each."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    steps = [line.removeprefix("RUN ") for line in text.splitlines() if line.startswith("RUN ")]
    return [re.sub(r"\s+", " ", part).strip() for step in steps for part in step.split("&&")]


def apptainer_steps() -> list[str]:
    """The same of the Apptainer definition."""
    text = (ROOT / "facepencil.def").read_text()
    section = text.split("%post\n")[1].split("\n%")[0]
    return [re.sub(r"\s+", " ", line).strip() for line in section.splitlines() if line.strip()]


def test_both_run_the_same_commands():
    ours = [step for step in docker_steps() if "safe.directory" not in step]
    theirs = [step for step in apptainer_steps() if "safe.directory" not in step]
    assert theirs == ["set -e", *ours]


def test_both_start_from_the_same_image_of_the_first_python():
    base = re.search(r"^FROM (\S+)$", (ROOT / "Dockerfile").read_text(), re.M)
    other = re.search(r"^From: (\S+)$", (ROOT / "facepencil.def").read_text(), re.M)
    pythons = re.search(r"^PYTHONS := (\S+)", (ROOT / "Makefile").read_text(), re.M)
    assert base and other and pythons
    assert base[1] == other[1] == f"python:{pythons[1]}-slim-bookworm"


def test_the_context_of_the_build_is_the_lock_alone():
    """Photos, results and keys stay outside of images."""
    assert (ROOT / ".dockerignore").read_text() == "*\n!requirements.lock\n"
    copied = re.findall(r"^COPY (\S+) ", (ROOT / "Dockerfile").read_text(), re.M)
    assert copied == ["requirements.lock"]


def test_shell_commands_parse():
    for step in [*docker_steps(), *apptainer_steps()]:
        subprocess.run(["sh", "-n", "-c", step], check=True)


def test_the_program_that_they_write_is_facepencil(tmp_path):
    """Run as in the image: by the code of the folder that it is started in."""
    (step,) = [step for step in docker_steps() if step.startswith("printf")]
    program = tmp_path / "facepencil"
    subprocess.run(["sh", "-c", step.split(" > ")[0] + f" > {program}"], check=True)
    done = Workplace(ROOT).run(sys.executable, program, "--help", PYTHONPATH="src")
    assert "variant" in done.stdout


def test_the_lock_is_installable_as_they_say():
    """A dry run with hashes, of what is installed already: nothing would be changed."""
    (step,) = [step for step in docker_steps() if "--require-hashes" in step]
    words = step.replace("/opt/facepencil/", "").split()[1:]
    done = Workplace(ROOT).run(sys.executable, *words, "--dry-run", "--no-index")
    assert "Would install" not in done.stdout
