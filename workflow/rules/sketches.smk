# From faces to lines, from lines to strokes, from strokes to wobbly strokes.
rule sketch:
    input:
        code=code("sketch"),
        faces=rules.crop.output,
        hed="data/weights/hed.h5",
        mesh="data/weights/face_mesh.tflite",
        person="data/weights/person_mask.tflite",
    output:
        sketches="data/sketches/{shard}.zip",
        sheet=report(
            "results/figures/sketches/{shard}.png",
            caption="../report/sketches.rst",
            category="Sketches",
        ),
    params:
        declared=keys("sketch"),
    log:
        "logs/sketch/{shard}.log",
    benchmark:
        "logs/costs/sketch/{shard}.tsv"
    conda:
        "../../environment.yml"
    threads: config["sketch"]["threads"]
    shell:
        "python -m pipeline.sketch --shard {wildcards.shard} 2>&1 | tee {log}"


rule vectorize:
    input:
        code=code("vectorize"),
        sketches=rules.sketch.output.sketches,
    output:
        "data/strokes/{shard}.npz",
    params:
        declared=keys("vectorize"),
    log:
        "logs/vectorize/{shard}.log",
    benchmark:
        "logs/costs/vectorize/{shard}.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.vectorize --shard {wildcards.shard} 2>&1 | tee {log}"


rule deform:
    input:
        code=code("deform"),
        strokes=rules.vectorize.output,
        faces=rules.crop.output,
    output:
        deformed="data/deformed/{shard}.zip",
        sheet=report(
            "results/figures/deformed/{shard}.png",
            caption="../report/deformed.rst",
            category="Sketches",
        ),
    params:
        declared=keys("deform", "seed", "sketch.size", "split"),
    log:
        "logs/deform/{shard}.log",
    benchmark:
        "logs/costs/deform/{shard}.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.deform --shard {wildcards.shard} 2>&1 | tee {log}"
