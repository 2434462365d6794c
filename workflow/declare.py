"""Writes into dvc.yaml the code that each stage depends on."""

from pathlib import Path

from ruamel.yaml import YAML

from facepencil.store import write_text
from pipeline.closure import closure

LOCK = "requirements.lock"


def declared(deps: list[str], stage: str) -> list[str]:
    """`deps` of a stage with its code replaced by the import closure and the locked versions."""
    data = [dep for dep in deps if not dep.endswith(".py") and dep != LOCK]
    return [*data, *(str(path) for path in closure(stage)), LOCK]


def main() -> None:
    """Renew dvc.yaml in place, comments kept."""
    yaml = YAML()
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    path = Path("dvc.yaml")
    graph = yaml.load(path)
    for name, entry in graph["stages"].items():
        stage = entry.get("do", entry)
        stage["deps"] = declared([str(dep) for dep in stage.get("deps", [])], name)
    with path.with_suffix(".new").open("w") as handle:
        yaml.dump(graph, handle)
    write_text(path, path.with_suffix(".new").read_text())
    path.with_suffix(".new").unlink()


if __name__ == "__main__":
    main()
