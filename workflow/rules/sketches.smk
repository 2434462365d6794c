# From faces to lines, from lines to strokes, from strokes to wobbly strokes, and the sets of faces.
# `drawing` is empty for the way in which params.yaml draws, else the folder of another way that a
# variant asks for.
rule sketch:
    input:
        needs("sketch", "shard", "drawing"),
    output:
        sketches="data/sketches/{drawing}{shard}.zip",
        made="data/sketches/{drawing}{shard}.zip.made.json",
    params:
        drawing=option,
    log:
        "logs/sketch/{drawing}{shard}.log",
    benchmark:
        "logs/costs/sketch/{drawing}{shard}.tsv"
    conda:
        "../../environment.yml"
    threads: PARAMS.sketch.threads
    resources:
        gpu=gpus("sketch", "sketch.numerics", "shard", "drawing"),
    shell:
        "python -m pipeline.sketch --shard {wildcards.shard}{params.drawing}"


rule vectorize:
    input:
        needs("vectorize", "shard", "drawing"),
    output:
        strokes="data/strokes/{drawing}{shard}.npz",
        made="data/strokes/{drawing}{shard}.npz.made.json",
    params:
        drawing=option,
    log:
        "logs/vectorize/{drawing}{shard}.log",
    benchmark:
        "logs/costs/vectorize/{drawing}{shard}.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.vectorize --shard {wildcards.shard}{params.drawing}"


rule deform:
    input:
        needs("deform", "shard", "drawing"),
    output:
        deformed="data/deformed/{drawing}{shard}.zip",
        made="data/deformed/{drawing}{shard}.zip.made.json",
    params:
        drawing=option,
    log:
        "logs/deform/{drawing}{shard}.log",
    benchmark:
        "logs/costs/deform/{drawing}{shard}.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.deform --shard {wildcards.shard}{params.drawing}"


rule dataset:
    input:
        needs("dataset", "drawing"),
    output:
        train="data/sets/{drawing}train.json",
        test="data/sets/{drawing}test.json",
        made="data/sets/{drawing}train.json.made.json",
    params:
        drawing=option,
    log:
        "logs/dataset/{drawing}dataset.log",
    benchmark:
        "logs/costs/dataset/{drawing}dataset.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.dataset{params.drawing}"


rule preview:
    input:
        needs("preview", "drawing"),
    output:
        sketches=report(
            "results/figures/previews/{drawing}sketches.png", "../report/sketches.rst", "Sketches"
        ),
        deformed=report(
            "results/figures/previews/{drawing}deformed.png", "../report/deformed.rst", "Sketches"
        ),
        made="results/figures/previews/{drawing}sketches.png.made.json",
    params:
        drawing=option,
    log:
        "logs/preview/{drawing}preview.log",
    benchmark:
        "logs/costs/preview/{drawing}preview.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.preview{params.drawing}"
