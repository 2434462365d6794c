"""pyproject.toml, requirements.lock and environment.yml must tell one story."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {
    "pytorch": "torch",
    "py-opencv": "opencv-python-headless",
    "ruamel.yaml": "ruamel-yaml",
}


def locked() -> dict[str, str]:
    text = (ROOT / "requirements.lock").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+) \\$", text, re.M))


def project() -> dict[str, list[Requirement]]:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "run": [Requirement(line) for line in table["dependencies"]],
        "dev": [Requirement(line) for line in table["optional-dependencies"]["dev"]],
    }


def conda() -> dict[str, str]:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    specs = [entry.split("=") for entry in entries if isinstance(entry, str) and "=" in entry]
    specs += [entry.split("==") for entry in pip if "==" in entry]
    return {CONDA_NAMES.get(name, name): version for name, version in specs if name != "python"}


def test_lock_satisfies_the_project():
    versions = locked()
    for wanted in [*project()["run"], *project()["dev"]]:
        name = wanted.name.lower().replace("_", "-")
        assert wanted.specifier.contains(versions[name]), wanted


def test_every_locked_package_is_hashed():
    text = (ROOT / "requirements.lock").read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.M)
    bare = [block.splitlines()[0] for block in blocks if "==" in block and "sha256:" not in block]
    assert not bare


def test_conda_has_the_same_packages_at_the_same_versions():
    versions, specs = locked(), conda()
    assert set(specs) == {wanted.name.lower() for wanted in project()["run"]}
    for name, version in specs.items():
        assert (versions[name] + ".").startswith(version + "."), name


def test_installed_versions_are_the_locked_ones():
    installed = {
        d.metadata["Name"].lower().replace("_", "-").replace(".", "-"): d.version
        for d in distributions()
    }
    versions = {name.replace(".", "-"): version for name, version in locked().items()}
    wrong = {n: (v, installed.get(n)) for n, v in versions.items() if installed.get(n) != v}
    assert not wrong


def test_one_opencv_only():
    """Two OpenCV distributions share the folder cv2 and silently break each other."""
    found = {d.metadata["Name"] for d in distributions() if "opencv" in d.metadata["Name"].lower()}
    assert found == {"opencv-python-headless"}
