include: "workflow/Snakefile"


rule all:  # here, since a file that is included cannot set the default target
    input:
        ancient(outputs_of(PARAMS.tables)),
