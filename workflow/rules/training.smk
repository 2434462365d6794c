# The two kinds of networks that are trained, on sketches drawn afresh from strokes.
DRAWING = ["seed", "shards", "split", "sketch.size", "deform.line_px", "deform.probability"]


rule classifier:
    input:
        code=code("classifier"),
        strokes=expand(rules.vectorize.output, shard=SHARDS),
        faces=expand(rules.crop.output, shard=SHARDS),
    output:
        "models/classifier.safetensors",
    params:
        declared=keys(*DRAWING, "classifier", "model.size"),
    log:
        "logs/classifier.log",
    benchmark:
        "logs/costs/classifier.tsv"
    conda:
        "../../environment.yml"
    threads: config["classifier"]["threads"]
    shell:
        "python -m pipeline.classifier 2>&1 | tee {log}"


rule train:
    input:
        code=code("train"),
        faces=expand(rules.crop.output, shard=SHARDS),
        strokes=expand(rules.vectorize.output, shard=SHARDS),
        classifier=rules.classifier.output,
        vgg="data/weights/vgg16_lpips.ckpt",
    output:
        model="models/{variant}/{seed}.safetensors",
        log="models/{variant}/{seed}.jsonl",
    params:
        declared=lambda wildcards: keys(
            *DRAWING,
            "classifier.channels",
            "download.source",
            "model",
            "train",
            f"variants.{wildcards.variant}",
        ),
    priority: is_dual
    log:
        "logs/train/{variant}-{seed}.log",
    benchmark:
        "logs/costs/train/{variant}-{seed}.tsv"
    conda:
        "../../environment.yml"
    threads: config["train"]["threads"]
    resources:
        gpu=1,
    shell:
        "python -m pipeline.train --variant {wildcards.variant} --seed {wildcards.seed}"
        " 2>&1 | tee {log}"
