"""pyproject.toml, the locks, environment.yml, the hooks and CI must tell one story."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
import rattler
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
RUN, DEV = "requirements.lock", "requirements-dev.lock"
PYTHONS = ("3.11", "3.12", "3.13")
CONDA_NAMES = {
    "pytorch": "torch",
    "py-opencv": "opencv-python-headless",
    "prometheus_client": "prometheus-client",
    "ruamel.yaml": "ruamel-yaml",
}


def lines(lock: str) -> list[tuple[str, str, str]]:
    """Name, version and marker of each locked package."""
    text = (ROOT / lock).read_text()
    return re.findall(r"^([a-z0-9-]+)==(\S+)(?: ; (.+))? \\$", text, re.M)


def locked(*locks: str) -> dict[str, str]:
    return {name: version for lock in locks for name, version, _ in lines(lock)}


def project() -> dict[str, list[Requirement]]:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        RUN: [Requirement(line) for line in table["dependencies"]],
        DEV: [Requirement(line) for line in table["optional-dependencies"]["dev"]],
    }


def conda() -> list[rattler.MatchSpec]:
    """Every package of environment.yml but Python, pip and the project, as the solver reads it."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    texts = [entry for entry in entries if isinstance(entry, str)]
    texts += [entry for entry in pip if not entry.startswith("--")]
    specs = [rattler.MatchSpec(text) for text in texts]
    return [spec for spec in specs if str(spec).split()[0] not in ("python", "pip")]


def conda_name(spec: rattler.MatchSpec) -> str:
    name = str(spec).split()[0]
    return CONDA_NAMES.get(name, name)


@pytest.mark.parametrize("python", PYTHONS)
def test_locks_satisfy_the_project_on_every_python(python: str):
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    for lock, wanted in project().items():
        here = {
            name: version
            for one in {RUN, lock}
            for name, version, marker in lines(one)
            if not marker or Marker(marker).evaluate(environment)
        }
        for requirement in wanted:
            version = here[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), requirement


def test_pythons_of_project_makefile_and_conda_are_the_same():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    admitted = SpecifierSet(table["requires-python"])
    assert [f"3.{minor}" for minor in range(30) if f"3.{minor}" in admitted] == [*PYTHONS]
    assert f"PYTHONS := {' '.join(PYTHONS)}\n" in (ROOT / "Makefile").read_text()
    assert f"- python {table['requires-python']}\n" in (ROOT / "environment.yml").read_text()


def test_no_package_is_locked_twice():
    names = [name for lock in (RUN, DEV) for name, _, _ in lines(lock)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("lock", [RUN, DEV])
def test_locks_hold_versions_hashes_and_comments_alone(lock: str):
    """So no address and no path, and whoever reads a lock may do so line by line."""
    line = re.compile(
        r"[a-z0-9-]+==\S+( ; [^\\]+)? \\"
        r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
        r"|    #( via)?( +[\w-]+( \(pyproject\.toml\))?)?"
    )
    odd = [one for one in (ROOT / lock).read_text().splitlines() if not line.fullmatch(one)]
    assert not odd


@pytest.mark.parametrize("lock", [RUN, DEV])
def test_every_locked_package_is_hashed(lock: str):
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(), flags=re.M)[1:]
    assert len(blocks) == len(lines(lock))
    assert not [block.splitlines()[0] for block in blocks if "sha256:" not in block]


def test_conda_has_the_same_packages_at_the_same_versions():
    versions = locked(RUN)
    assert sorted(map(conda_name, conda())) == sorted(
        canonicalize_name(wanted.name) for wanted in project()[RUN]
    )
    for spec in conda():
        name = conda_name(spec)
        asked = str(spec).split()[1].removeprefix("==").removesuffix(".*").removeprefix("=")
        assert (versions[name] + ".").startswith(asked + "."), spec


def test_installed_versions_are_the_locked_ones():
    installed = {canonicalize_name(d.metadata["Name"]): d.version for d in distributions()}
    wanted = {
        name: version
        for lock in (RUN, DEV)
        for name, version, marker in lines(lock)
        if not marker or Marker(marker).evaluate()
    }
    wrong = {n: (v, installed.get(n)) for n, v in wanted.items() if installed.get(n) != v}
    assert not wrong


def test_one_opencv_only():
    """Two OpenCV distributions share the folder cv2 and silently break each other."""
    found = {d.metadata["Name"] for d in distributions() if "opencv" in d.metadata["Name"].lower()}
    assert found == {"opencv-python-headless"}


def test_hooks_are_the_checks_of_make_lint():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    recipe = (ROOT / "Makefile").read_text().split("\nlint:")[1].split("\n\n")[0]
    checks = re.findall(r"^\t@(.+)$", recipe, re.M)
    wanted = [check if check.startswith("npm ") else f".venv/bin/{check}" for check in checks]
    assert wanted == [hook["entry"] for hook in hooks]


def test_ci_runs_make_test_on_an_admitted_python():
    steps = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if "run" in step][-1] == "make test"
    pythons = [step["with"]["python-version"] for step in steps if "setup-python" in str(step)]
    assert set(pythons) <= set(PYTHONS) and pythons
