# Bytes from outside, and faces cut out of photos.
rule weights:
    input:
        code=code("weights"),
        registry="src/facepencil/assets/registry.yaml",
    output:
        "data/weights/{file}",
    log:
        "logs/weights/{file}.log",
    benchmark:
        "logs/costs/weights/{file}.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.weights --file {wildcards.file} 2>&1 | tee {log}"


rule download:
    input:
        code=code("download"),
        photos=own_photos(),
        registry="src/facepencil/assets/registry.yaml",
    output:
        "data/raw/{shard}.zip",
    params:
        declared=keys("download", "shards"),
    log:
        "logs/download/{shard}.log",
    benchmark:
        "logs/costs/download/{shard}.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.download --shard {wildcards.shard} 2>&1 | tee {log}"


rule crop:
    input:
        code=code("crop"),
        raw=rules.download.output,
        yunet="data/weights/yunet.onnx",
    output:
        "data/faces/{shard}.zip",
    params:
        declared=keys("crop"),
    log:
        "logs/crop/{shard}.log",
    benchmark:
        "logs/costs/crop/{shard}.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.crop --shard {wildcards.shard} 2>&1 | tee {log}"
