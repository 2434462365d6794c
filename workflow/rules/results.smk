# Numbers, tables and pictures.
rule reference:
    input:
        needs("reference", "size", "drawing"),
    output:
        features="data/reference/{drawing}{size}.safetensors",
        rows="results/reference/{drawing}{size}.json",
        groups="results/groups/{drawing}{size}.json",
        made="data/reference/{drawing}{size}.safetensors.made.json",
    params:
        drawing=option,
    log:
        "logs/reference/{drawing}{size}.log",
    benchmark:
        "logs/costs/reference/{drawing}{size}.tsv"
    conda:
        "../../environment.yml"
    threads: PARAMS.evaluate.threads
    resources:
        **claims("reference", "size", "drawing"),
    shell:
        "python -m pipeline.reference --size {wildcards.size}{params.drawing}"


rule evaluate:
    input:
        needs("evaluate", "variant", "seed"),
    output:
        scores="results/evaluations/{variant}/{seed}.json",
        samples="results/samples/{variant}/{seed}.zip",
        made="results/evaluations/{variant}/{seed}.json.made.json",
    log:
        "logs/evaluate/{variant}-{seed}.log",
    benchmark:
        "logs/costs/evaluate/{variant}-{seed}.tsv"
    conda:
        "../../environment.yml"
    threads: PARAMS.evaluate.threads
    resources:
        **claims("evaluate", "variant", "seed"),
    shell:
        "python -m pipeline.evaluate --variant {wildcards.variant} --seed {wildcards.seed}"


rule drawings:
    input:
        needs("drawings"),
    output:
        drawings="data/drawings.zip",
        made="data/drawings.zip.made.json",
    log:
        "logs/drawings/drawings.log",
    benchmark:
        "logs/costs/drawings/drawings.tsv"
    conda:
        "../../environment.yml"
    resources:
        **claims("drawings"),
    shell:
        "python -m pipeline.drawings"


rule drawn:
    input:
        needs("drawn", "variant", "seed"),
    output:
        scores="results/drawn/{variant}/{seed}.json",
        faces="results/drawn/{variant}/{seed}.zip",
        made="results/drawn/{variant}/{seed}.json.made.json",
    log:
        "logs/drawn/{variant}-{seed}.log",
    benchmark:
        "logs/costs/drawn/{variant}-{seed}.tsv"
    conda:
        "../../environment.yml"
    threads: PARAMS.evaluate.threads
    resources:
        **claims("drawn", "variant", "seed"),
    shell:
        "python -m pipeline.drawn --variant {wildcards.variant} --seed {wildcards.seed}"


# Tables as CSV, Markdown and LaTeX; the page of `snakemake --report` shows the CSVs.
rule report:
    input:
        needs("report", "table"),
    output:
        texts=expand(
            "results/tables/{{table}}/{name}.{kind}", name=graph.TABLES, kind=["md", "tex"]
        ),
        matrix=expand(
            "results/tables/{{table}}/{name}.{kind}",
            name=graph.matrix_of(PARAMS),
            kind=["csv", "md", "tex"],
        ),
        heat_map=report(
            expand("results/figures/{{table}}/{name}.png", name=graph.matrix_of(PARAMS)),
            "../report/matrix.rst",
            "Tables",
        ),
        drawings=expand(
            "results/tables/{{table}}/{name}.{kind}",
            name=graph.drawings_of(PARAMS),
            kind=["csv", "md", "tex"],
        ),
        drawn=report(
            expand("results/figures/{{table}}/{name}.png", name=graph.drawing_figures_of(PARAMS)),
            "../report/drawings.rst",
            "Faces",
        ),
        groups=report("results/tables/{table}/groups.csv", "../report/groups.rst", "Tables"),
        paired=report("results/tables/{table}/paired.csv", "../report/paired.rst", "Tables"),
        levels=report("results/tables/{table}/robustness.csv", "../report/levels.rst", "Tables"),
        table1=report("results/tables/{table}/table1.csv", "../report/table1.rst", "Tables"),
        curve=report("results/figures/{table}/robustness.png", "../report/robustness.rst", "Faces"),
        deformation=report(
            "results/figures/{table}/deformation.png", "../report/deformation.rst", "Faces"
        ),
        losses=report("results/figures/{table}/losses.png", "../report/losses.rst", "Training"),
        minutes=report("results/figures/{table}/minutes.png", "../report/minutes.rst", "Training"),
        bars=report("results/figures/{table}/bars.png", "../report/bars.rst", "Tables"),
        validation=report(
            "results/figures/{table}/validation.png", "../report/validation.rst", "Training"
        ),
        widths=report("results/figures/{table}/widths.png", "../report/widths.rst", "Faces"),
        worst=report("results/figures/{table}/worst.png", "../report/worst.rst", "Faces"),
        metrics="results/metrics/{table}.json",
        costs="results/tables/{table}/costs.csv",
        page="results/tables/{table}/page.html",
        painted=report("results/figures/{table}/painted.png", "../report/painted.rst", "Faces"),
        synthetic=report(
            "results/figures/{table}/synthetic.png", "../report/synthetic.rst", "Faces"
        ),
        made="results/tables/{table}/paired.csv.made.json",
    log:
        "logs/report/{table}.log",
    benchmark:
        "logs/costs/report/{table}.tsv"
    conda:
        "../../environment.yml"
    resources:
        **claims("report", "table"),
    shell:
        "python -m pipeline.report --table {wildcards.table}"


# A table is asked for by its name: snakemake ablation.
for table in PARAMS.tables:

    rule:
        name:
            table
        input:
            ancient(outputs_of([table])),
