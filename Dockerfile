# The locked packages, in which any clone of FacePencil runs; code, data and results stay outside.
#   docker build --tag facepencil .
#   docker run --rm --volume "$PWD:/work" --user "$(id -u):$(id -g)" facepencil
# docs/sharing.md says what of this was checked, and what was not.
FROM python:3.11-slim-bookworm

# git: the commit that a run notes, and DVC.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make openssh-client \
    && rm -rf /var/lib/apt/lists/*

COPY requirements.lock /opt/facepencil/
RUN python -m pip install --no-cache-dir --no-deps --require-hashes --requirement /opt/facepencil/requirements.lock

# The code is that of the clone that is mounted: a copy in the image could be of another commit.
RUN printf '#!/usr/bin/env python\nfrom facepencil.cli import app\n\napp()\n' > /usr/local/bin/facepencil \
    && chmod 755 /usr/local/bin/facepencil \
    && git config --system --add safe.directory /work

# Any user may run it: nothing is written but below the clone and /tmp.
ENV HOME=/tmp \
    MLFLOW_DISABLE_TELEMETRY=true \
    PYTHONPATH=/work/src
WORKDIR /work
CMD ["snakemake", "--cores", "all"]
