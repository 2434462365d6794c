"""The jobs of a params file."""

import pytest

from facepencil.config.params import Params
from facepencil.config.text import commented_yaml
from facepencil.config.variants import Variant
from pipeline.graph import drawing_files, find_job, jobs

HED = {"method": "hed"}


def with_variants(**variants: Variant) -> Params:
    names = {**Params().variants, **variants}
    return Params(variants=names, tables={"main": [*variants, "ours"]})


def test_every_input_is_made_by_a_job_before():
    """But for drawings, which people make."""
    made = set(drawing_files(Params().drawings))
    assert len(made) == 61
    for job in jobs(Params()):
        assert set(job.inputs) <= made, job.name
        assert not set(job.outputs) & made
        made |= set(job.outputs)


def test_all_is_relative():
    for job in jobs(Params()):
        assert not [path for path in (*job.inputs, *job.outputs) if path.is_absolute()]


def test_variants_share_what_they_draw_alike():
    params = with_variants(
        one=Variant(sketch=HED), two=Variant(sketch=HED, train={"gfm_weight": 0.0})
    )
    found = [job for job in jobs(params) if job.options.get("drawing")]
    assert {job.options["drawing"] for job in found} == {"sketch.method-hed"}
    trained = {job.options["variant"]: job for job in jobs(params) if job.stage == "train"}
    assert trained["one"].inputs == trained["two"].inputs != trained["ours"].inputs


def test_the_name_of_a_drawing_depends_on_values_alone():
    for params in (
        with_variants(a=Variant(sketch=HED)),
        with_variants(z=Variant(), b=Variant(sketch={"method": "hed", "batch": 8})),
    ):
        assert find_drawing(params) == {"sketch.method-hed"}


def find_drawing(params: Params) -> set[object]:
    return {job.options["drawing"] for job in jobs(params) if "drawing" in job.options}


def test_an_override_that_changes_nothing_draws_nothing_anew():
    params = with_variants(same=Variant(sketch={"method": Params().sketch.method}))
    assert find_drawing(params) == set()


def test_other_variants_leave_a_job_as_it_is():
    def train(params: Params) -> dict[str, object]:
        (job,) = [
            job for job in jobs(params) if job.stage == "train" and job.options["variant"] == "ours"
        ]
        return vars(job)

    assert train(Params()) == train(with_variants(other=Variant(train={"gan_weight": 3.0})))


def test_a_job_is_found_by_its_options(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(commented_yaml(Params()))
    assert find_job(path, "crop", shard=1).command == "python -m pipeline.crop --shard 1"
    assert find_job(path, "dataset", drawing="").key == ""
    with pytest.raises(LookupError, match=r"mine\.yaml asks for no job crop --shard 9; .*shard 0"):
        find_job(path, "crop", shard=9)


@pytest.mark.parametrize(("other", "drawn"), [(["ours", "doodles"], True), (["ours"], False)])
def test_a_matrix_is_drawn_where_each_table_has_a_row_tested_on_changes(other, drawn):
    params = Params.model_validate(
        {
            "deform": {"kinds": []},
            "variants": {"ours": {}, "doodles": {"deform": {"kinds": ["abstract"]}}},
            "tables": {"main": ["ours", "doodles"], "other": other},
        }
    )
    reports = [job for job in jobs(params) if job.stage == "report"]
    assert len(reports) == 2
    for job in reports:
        assert any(path.name == "matrix.csv" for path in job.outputs) == drawn
