# What several rules need: the stages read params.yaml themselves, so it must be what Snakemake saw.
import sys
from functools import reduce
from operator import getitem
from pathlib import Path

import yaml

ROOT = Path(workflow.basedir).parent
sys.path.insert(0, str(ROOT))

from pipeline.closure import closure

shell.prefix("export FACEPENCIL_ENGINE=snakemake; set -euo pipefail; ")

if config != yaml.safe_load(Path("params.yaml").read_text()):
    raise WorkflowError(
        "--config and --configfile are not used here: both engines read params.yaml; "
        "edit it, or copy one of presets/*.yaml over it"
    )

SHARDS = config["shards"]
VARIANTS = config["run"]["variants"]
SEEDS = config["run"]["seeds"]


def code(stage):
    """Source files that the result of a stage depends on, and the versions it runs with."""
    return [str(path) for path in closure(stage)] + ["requirements.lock"]


def keys(*names):
    """Params a rule depends on, by their dotted names in params.yaml."""
    return {name: reduce(getitem, name.split("."), config) for name in names}


def own_photos():
    """Every file below the user's folder of photos: a new one is a reason to run again."""
    return sorted(str(p) for p in Path(config["download"]["folder"]).rglob("*") if p.is_file())


def is_dual(wildcards):
    """Variants of two generators take twice as long: they start first."""
    overrides = config["variants"][wildcards.variant] or {}
    model = config["model"] | (overrides.get("model") or {})
    return int(model["kind"] == "dual")


wildcard_constraints:
    shard=r"\d+",
    seed=r"\d+",
    variant=r"[A-Za-z0-9_.-]+",
