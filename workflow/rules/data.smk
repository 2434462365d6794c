# Bytes from outside, and faces cut out of photos.
rule weights:
    input:
        needs("weights", "file"),
    output:
        weights="data/weights/{file}",
        made="data/weights/{file}.made.json",
    log:
        "logs/weights/{file}.log",
    benchmark:
        "logs/costs/weights/{file}.tsv"
    conda:
        "../../environment.yml"
    resources:
        **claims("weights", "file"),
    shell:
        "python -m pipeline.weights --file {wildcards.file}"


rule list:
    input:
        needs("list"),
    output:
        lists=expand("data/lists/{shard}.json", shard=SHARDS),
        made="data/lists/0.json.made.json",
    log:
        "logs/list/list.log",
    benchmark:
        "logs/costs/list/list.tsv"
    conda:
        "../../environment.yml"
    resources:
        **claims("list"),
    shell:
        "python -m pipeline.list"


rule download:
    input:
        needs("download", "shard"),
    output:
        photos="data/raw/{shard}.zip",
        made="data/raw/{shard}.zip.made.json",
    log:
        "logs/download/{shard}.log",
    benchmark:
        "logs/costs/download/{shard}.tsv"
    conda:
        "../../environment.yml"
    resources:
        **claims("download", "shard"),
    shell:
        "python -m pipeline.download --shard {wildcards.shard}"


rule crop:
    input:
        needs("crop", "shard"),
    output:
        faces="data/faces/{shard}.zip",
        made="data/faces/{shard}.zip.made.json",
    log:
        "logs/crop/{shard}.log",
    benchmark:
        "logs/costs/crop/{shard}.tsv"
    conda:
        "../../environment.yml"
    resources:
        **claims("crop", "shard"),
    shell:
        "python -m pipeline.crop --shard {wildcards.shard}"


# Only for variants that are told of colours (model.palette).
rule palette:
    input:
        needs("palette", "shard"),
    output:
        palettes="data/palettes/{shard}.json",
        made="data/palettes/{shard}.json.made.json",
    log:
        "logs/palette/{shard}.log",
    benchmark:
        "logs/costs/palette/{shard}.tsv"
    conda:
        "../../environment.yml"
    resources:
        **claims("palette", "shard"),
    shell:
        "python -m pipeline.palette --shard {wildcards.shard}"
