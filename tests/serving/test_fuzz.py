"""Requests drawn from the API's own description: none makes the server fail.

`FUZZ_EXAMPLES` is how many of each kind; 900 make more than 5,000 requests.
"""

import os
from collections import Counter

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.serving.test_http_server import serving

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "30"))
ROUTES = ["/api/paint", "/api/sketch", "/api/nearest", "/api/models", "/health", "/metrics"]
CHECKS = [not_a_server_error, response_schema_conformance]
many = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("fuzz")) as (_, port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES)
def test_no_request_makes_the_server_fail(address, route):
    description = schemathesis.openapi.from_url(f"{address}/openapi.json")
    (operation,) = (one.ok() for one in description.get_all_operations() if one.ok().path == route)
    answered = Counter()
    for mode in GenerationMode if operation.body else [GenerationMode.POSITIVE]:

        @many
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case):
            answered[case.call_and_validate(checks=CHECKS).status_code] += 1

        ask()
    print(route, dict(answered))
    assert answered.total() > 0 and not {429, 503} & answered.keys()


coordinates = st.floats(-5120, 5120, width=32)
chains = st.integers(0, 8).flatmap(
    lambda n: st.lists(st.tuples(coordinates, coordinates), min_size=3 * n + 1, max_size=3 * n + 1)
)


@pytest.mark.slow
@pytest.mark.parametrize("route", ["paint", "nearest"])
def test_every_drawing_is_answered(address, route):
    with httpx2.Client(trust_env=False, timeout=60) as client:

        @many
        @given(st.lists(chains, min_size=1, max_size=20))
        def draw(strokes):
            client.post(f"{address}/api/{route}", json={"strokes": strokes}).raise_for_status()

        draw()
