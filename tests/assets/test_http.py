import socket
import threading

import numpy as np
import pytest

from facepencil.assets.http import fetch_url
from facepencil.assets.registry import AssetError

BODY = np.random.default_rng(0).bytes(3_000_000)


@pytest.fixture
def served(loopback):
    loopback.files["a.bin"] = BODY
    loopback.etags["a.bin"] = '"one"'
    return loopback


def test_whole_file(served, patience, tmp_path):
    part = tmp_path / "part"
    fetch_url([served.url("a.bin")], part, patience)
    assert part.read_bytes() == BODY
    assert served.requests == [("a.bin", None)]


def test_cut_transfer_resumes_where_it_was_cut(served, answer, patience, tmp_path):
    served.answers["a.bin"] = [answer(cut_at=2_000_000)]
    part = tmp_path / "part"
    fetch_url([served.url("a.bin")], part, patience)
    assert part.read_bytes() == BODY
    (_, first), (_, second) = served.requests
    assert first is None and 0 < int(second[6:-1]) <= 2_000_000


def test_a_later_call_resumes_what_an_earlier_one_left(served, answer, patience, tmp_path):
    served.answers["a.bin"] = [answer(cut_at=1_500_000)] + [answer(status=500)] * 2
    part = tmp_path / "part"
    with pytest.raises(AssetError):
        fetch_url([served.url("a.bin")], part, patience)
    fetch_url([served.url("a.bin")], part, patience)
    assert part.read_bytes() == BODY
    assert served.requests[-1][1] is not None


def test_a_file_that_changed_meanwhile_is_fetched_anew(served, answer, patience, tmp_path):
    served.answers["a.bin"] = [answer(cut_at=1_500_000)] + [answer(status=500)] * 2
    part = tmp_path / "part"
    with pytest.raises(AssetError):
        fetch_url([served.url("a.bin")], part, patience)
    served.files["a.bin"], served.etags["a.bin"] = BODY[::-1], '"two"'
    fetch_url([served.url("a.bin")], part, patience)
    assert part.read_bytes() == BODY[::-1]


@pytest.mark.parametrize("second", [{"ranges": False}, {"status": 416}])
def test_a_server_that_cannot_resume_sends_all_again(second, served, answer, patience, tmp_path):
    served.answers["a.bin"] = [answer(cut_at=1_500_000), answer(**second)]
    part = tmp_path / "part"
    fetch_url([served.url("a.bin")], part, patience)
    assert part.read_bytes() == BODY


def test_404_falls_over_at_once_and_500_after_retries(served, answer, patience, tmp_path):
    served.files["ill.bin"] = BODY
    served.answers["ill.bin"] = [answer(status=500)] * 9
    part = tmp_path / "part"
    urls = [served.url(path) for path in ("gone.bin", "ill.bin", "a.bin")]
    fetch_url(urls, part, patience)
    assert part.read_bytes() == BODY
    assert [path for path, _ in served.requests] == ["gone.bin", *["ill.bin"] * 3, "a.bin"]


def test_500_that_passes_needs_no_mirror(served, answer, patience, tmp_path):
    served.answers["a.bin"] = [answer(status=500), answer(status=503)]
    fetch_url([served.url("a.bin"), served.url("b.bin")], tmp_path / "part", patience)
    assert [path for path, _ in served.requests] == ["a.bin"] * 3


def test_no_server_at_all_falls_over_to_the_mirror(served, patience, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/a.bin"
    fetch_url([dead, served.url("a.bin")], tmp_path / "part", patience)
    assert (tmp_path / "part").read_bytes() == BODY


def test_all_addresses_failing_names_each_and_why(served, answer, patience, tmp_path):
    served.answers["a.bin"] = [answer(status=500)] * 3
    with pytest.raises(AssetError) as error:
        fetch_url([served.url("gone.bin"), served.url("a.bin")], tmp_path / "part", patience)
    assert "gone.bin: status 404" in str(error.value)
    assert "a.bin: status 500" in str(error.value)


@pytest.mark.timeout(60)
def test_a_stalled_connection_is_left_and_resumed(served, answer, patience, tmp_path):
    """The server would stall for ever, and so would the test."""
    stalled = threading.Event()
    served.answers["a.bin"] = [answer(cut_at=1_500_000, stalled=stalled)]
    fetch_url([served.url("a.bin")], tmp_path / "part", patience)
    stalled.set()
    assert (tmp_path / "part").read_bytes() == BODY
    assert served.requests[1][1] is not None


def test_a_content_length_beyond_the_body_is_an_error(served, answer, patience, tmp_path):
    served.answers["a.bin"] = [answer(announce=1000)] * 3
    with pytest.raises(AssetError, match=r"a\.bin"):
        fetch_url([served.url("a.bin")], tmp_path / "part", patience)


def test_a_web_page_in_place_of_the_file_is_refused(served, answer, patience, tmp_path):
    served.answers["a.bin"] = [answer(content_type="text/html; charset=utf-8")]
    with pytest.raises(AssetError, match="web page"):
        fetch_url([served.url("a.bin")], tmp_path / "part", patience)
