# Numbers, tables and pictures.
rule evaluate:
    input:
        code=code("evaluate"),
        model=rules.train.output.model,
        faces=expand(rules.crop.output, shard=SHARDS),
        deformed=expand(rules.deform.output.deformed, shard=SHARDS),
        alexnet="data/weights/alexnet_lpips.ckpt",
        efficientnet="data/weights/efficientnet_lite0.pth",
    output:
        scores="results/evaluations/{variant}/{seed}.json",
        samples="results/samples/{variant}/{seed}.zip",
    params:
        declared=keys("evaluate", "seed", "shards", "split"),
    log:
        "logs/evaluate/{variant}-{seed}.log",
    benchmark:
        "logs/costs/evaluate/{variant}-{seed}.tsv"
    conda:
        "../../environment.yml"
    threads: config["evaluate"]["threads"]
    shell:
        "python -m pipeline.evaluate --variant {wildcards.variant} --seed {wildcards.seed}"
        " 2>&1 | tee {log}"


# Tables as CSV, Markdown and LaTeX; the page of `snakemake --report` shows the CSVs.
TABLES = ["paired", "robustness", "table1"]


rule report:
    input:
        code=code("report"),
        scores=expand(rules.evaluate.output.scores, variant=VARIANTS, seed=SEEDS),
        samples=expand(rules.evaluate.output.samples, variant=VARIANTS, seed=SEEDS),
    output:
        texts=expand("results/tables/{table}.{kind}", table=TABLES, kind=["md", "tex"]),
        paired=report("results/tables/paired.csv", "../report/paired.rst", "Tables"),
        levels=report("results/tables/robustness.csv", "../report/robustness.rst", "Tables"),
        table1=report("results/tables/table1.csv", "../report/table1.rst", "Tables"),
        curve=report("results/figures/robustness.png", "../report/curve.rst", "Faces"),
        deformation=report("results/figures/deformation.png", "../report/deformation.rst", "Faces"),
        painted=report("results/figures/painted.png", "../report/painted.rst", "Faces"),
        synthetic=report("results/figures/synthetic.png", "../report/synthetic.rst", "Faces"),
    params:
        declared=keys("report", "run"),
    log:
        "logs/report.log",
    benchmark:
        "logs/costs/report.tsv"
    conda:
        "../../environment.yml"
    shell:
        "python -m pipeline.report 2>&1 | tee {log}"
