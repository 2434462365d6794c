# What is made of the sketches of training: networks, and exemplars to refine drawings by.
rule classifier:
    input:
        needs("classifier", "drawing"),
    output:
        classifier="models/{drawing}classifier.safetensors",
        made="models/{drawing}classifier.safetensors.made.json",
    params:
        drawing=option,
    log:
        "logs/classifier/{drawing}classifier.log",
    benchmark:
        "logs/costs/classifier/{drawing}classifier.tsv"
    conda:
        "../../environment.yml"
    threads: PARAMS.classifier.threads
    resources:
        gpu=gpus("classifier", "classifier.precision", "drawing"),
    shell:
        "python -m pipeline.classifier{params.drawing}"


rule finder:
    input:
        needs("finder"),
    output:
        finder="models/finder.safetensors",
        made="models/finder.safetensors.made.json",
    log:
        "logs/finder/finder.log",
    benchmark:
        "logs/costs/finder/finder.tsv"
    conda:
        "../../environment.yml"
    threads: PARAMS.finder.threads
    resources:
        gpu=gpus("finder", "finder.precision"),
    shell:
        "python -m pipeline.finder"


rule exemplars:
    input:
        needs("exemplars"),
    output:
        exemplars="models/exemplars.npz",
        made="models/exemplars.npz.made.json",
    log:
        "logs/exemplars/exemplars.log",
    benchmark:
        "logs/costs/exemplars/exemplars.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.exemplars"


rule train:
    input:
        needs("train", "variant", "seed"),
    output:
        model="models/{variant}/{seed}.safetensors",
        losses="models/{variant}/{seed}.jsonl",
        cost="models/{variant}/{seed}.cost.json",
        made="models/{variant}/{seed}.safetensors.made.json",
    log:
        "logs/train/{variant}-{seed}.log",
    benchmark:
        "logs/costs/train/{variant}-{seed}.tsv"
    conda:
        "../../environment.yml"
    priority: is_dual
    threads: PARAMS.train.threads
    resources:
        gpu=gpus("train", "train.precision", "variant", "seed"),
    shell:
        "python -m pipeline.train --variant {wildcards.variant} --seed {wildcards.seed}"
