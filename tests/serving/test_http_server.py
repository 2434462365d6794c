"""The drawing server as a process of its own, with the package's own model."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import psutil
import pytest

from facepencil.serving.http_server import CONNECTIONS
from facepencil.serving.onnx_painter import EXPORTER
from facepencil.serving.served_models import SMALL
from tests.fixtures.commands import wait_for
from tests.serving.test_api import FACE, picture, shifted

COMMAND = [sys.executable, "-c", "from facepencil.cli import app; app()", "draw"]
BODY = json.dumps({"strokes": FACE}).encode()
HEAD = b"POST /api/paint HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextmanager
def serving(folder, *options):
    """The process, and the port that it says it listens at."""
    command = [*COMMAND, "--port", "0", *options]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}
    )
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"http://\S+:(\d+) ", line):
                yield process, int(found[1]), "".join(lines)
                return
        raise AssertionError(f"the server did not start: {lines}")
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server")) as (_, found, _):
        yield found


def wait_for_export(port):
    """Until the server paints by ONNX Runtime."""
    address = f"http://127.0.0.1:{port}/metrics"
    wait_for(lambda: "exported_models 1.0" in httpx2.get(address, trust_env=False).text)


def ask(port, body=BODY, route="/api/paint"):
    kind = {"Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}{route}"
    answer = httpx2.post(url, content=body, headers=kind, timeout=60, trust_env=False)
    return answer.status_code, answer.json()


def test_it_says_what_it_paints_with_and_that_loopback_is_no_one_elses(tmp_path):
    with serving(tmp_path) as (_, port, said):
        assert "Model: small, from the package (128 px, " in said and "password" not in said
        assert ask(port)[0] == 200
    with serving(tmp_path, "--host", "0.0.0.0") as (_, port, said):
        assert "no password and no encryption" in " ".join(said.split())
        assert ask(port)[0] == 200


def test_another_sites_name_leads_to_no_address_of_this_machine(tmp_path):
    with serving(tmp_path, "--host", "127.0.0.2") as (_, port, said):
        url = f"http://127.0.0.2:{port}/health"
        assert httpx2.get(url, trust_env=False).status_code == 200
        strange = httpx2.get(url, headers={"Host": "evil.example"}, trust_env=False)
        assert strange.status_code == 400 and "password" not in said


def test_it_takes_the_newest_model_of_the_pipeline(tmp_path):
    for age, variant in enumerate(["ours", "baseline"]):
        path = tmp_path / "models" / variant / "0.safetensors"
        path.parent.mkdir(parents=True)
        path.write_bytes(SMALL.read_bytes())
        os.utime(path, (1e9 - age, 1e9 - age))
    with serving(tmp_path) as (_, port, said):
        assert "Model: ours, from models/ours/0.safetensors" in said
        for name in ("ours", "baseline", "small"):
            body = json.dumps({"strokes": FACE, "model": name})
            assert ask(port, body)[1]["model"] == name
    with serving(tmp_path, "--model", "models/baseline/0.safetensors") as (_, port, said):
        assert "Model: baseline" in said


def test_a_port_that_is_taken_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*COMMAND, "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "cannot listen at 127.0.0.1, port" in done.stderr


def test_eight_people_get_each_his_own_face(port):
    bodies = [json.dumps({"strokes": shifted(12 * number)}) for number in range(8)]
    alone = [ask(port, body)[1]["face"] for body in bodies]
    assert len(set(alone)) == len(alone)
    with ThreadPoolExecutor(8) as pool:
        together = [pool.submit(ask, port, body) for body in bodies * 4]
        answers = [one.result() for one in together]
    assert {status for status, _ in answers} == {200}
    for (_, told), face in zip(answers, alone * 4, strict=True):
        assert abs(picture(told["face"]).astype(int) - picture(face)).max() <= 1


def trickle(port, head, rest):
    """A client that has sent a head and then sends a byte at a time; yields after each."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(head)
        try:
            for byte in rest:
                client.sendall(bytes([byte]))
                yield client
        except (BrokenPipeError, ConnectionResetError):
            return


def test_clients_that_send_a_byte_now_and_then_hold_nobody_up(port):
    slow = [
        trickle(port, HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY), BODY) for _ in range(40)
    ]
    slow += [trickle(port, b"GET", b" /api/models HTTP/1.1\r\n" * 9) for _ in range(40)]
    for _ in range(3):
        for one in slow:
            next(one)
        assert ask(port)[0] == 200
    for one in slow:
        one.close()


@pytest.mark.slow
def test_a_body_or_a_head_that_does_not_arrive_is_waited_for_no_longer_than_told(port):
    body = socket.create_connection(("127.0.0.1", port), timeout=60)
    body.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
    assert b" 408 " in body.recv(4096).split(b"\r\n")[0]
    head = socket.create_connection(("127.0.0.1", port), timeout=60)
    head.sendall(b"GET /api/mod")
    assert head.recv(4096) == b""


def test_connections_beyond_the_most_are_closed_as_they_come(port):
    idle = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(CONNECTIONS)]
    late = socket.create_connection(("127.0.0.1", port), timeout=60)
    assert late.recv(1) == b""
    for one in idle:
        one.close()
    deadline = time.monotonic() + 60
    while True:
        try:
            assert ask(port)[0] == 200
            return
        except httpx2.TransportError:
            assert time.monotonic() < deadline


def test_a_client_that_does_not_take_its_answer_holds_nobody_up(port):
    silent = []
    for _ in range(40):
        client = socket.create_connection(("127.0.0.1", port), timeout=60)
        client.sendall((HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY) * 5)
        silent.append(client)
    deadline = time.monotonic() + 60
    while ask(port)[0] != 200:  # 503 while the forty are painted
        assert time.monotonic() < deadline
    for client in silent:
        client.close()


def test_the_end_waits_for_what_is_in_hand(tmp_path):
    with serving(tmp_path) as (process, port, _):
        ask(port)
        clients = []
        for _ in range(20):
            client = socket.create_connection(("127.0.0.1", port), timeout=60)
            client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
            clients.append(client)
        half = socket.create_connection(("127.0.0.1", port), timeout=60)
        half.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:20])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        half.sendall(BODY[20:])
        for client in [*clients, half]:
            assert client.makefile("rb").readline().split()[1] == b"200"
        process.wait(60)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


@pytest.mark.slow
def test_faces_stay_the_same_once_they_are_painted_by_another_runtime(port):
    _, before = ask(port)
    wait_for_export(port)
    _, after = ask(port)
    difference = picture(after["face"]).astype(int) - picture(before["face"])
    assert abs(difference).max() <= 1 and after["sha256"] == before["sha256"]


@pytest.mark.slow
def test_a_server_that_ends_takes_its_export_with_it(tmp_path):
    with serving(tmp_path) as (process, _, _):
        server = psutil.Process(process.pid)
        wait_for(lambda: exporting(server))
        (child,) = exporting(server)
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def exporting(server):
    return [one for one in server.children() if EXPORTER in one.cmdline()]
