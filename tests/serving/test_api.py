"""The drawing server with the package's own model, in this process."""

import asyncio
import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import torch
from starlette.testclient import TestClient

from facepencil.config.model import ModelParams
from facepencil.images import decode_png, encode_png
from facepencil.networks.finder_file import Finder
from facepencil.networks.generator import build_main
from facepencil.networks.painter import palette_entry, save_painter
from facepencil.networks.part_finder import PartFinder
from facepencil.serving.app import build_app
from facepencil.serving.batcher import Batcher
from facepencil.serving.exemplars import Exemplars, choose_exemplars
from facepencil.serving.limits import LimitedApi, Limits
from facepencil.serving.nearest import NearestSketches
from facepencil.serving.paint import paint, seen
from facepencil.serving.painting import Painting
from facepencil.serving.picture_strokes import PictureStrokes
from facepencil.serving.preparing import Preparation
from facepencil.serving.safe_headers import SAFE_HEADERS
from facepencil.serving.served_models import SMALL, load_models
from facepencil.serving.stroke_chains import chains_of_strokes, strokes_of_chains
from facepencil.serving.wishes import NO_WISHES, Wishes, tell_wishes
from facepencil.strokes.strokes import Facial
from facepencil.strokes.svg import to_svg
from tests.serving.test_drawing import doodle

SMALL_PX = 128
"""Side of the faces of the small model."""

FACE = [
    [[150, 250], [180, 100], [330, 100], [360, 250], [350, 420], [160, 420], [150, 250]],
    [[200, 230], [210, 220], [220, 220], [230, 230]],
    [[290, 230], [300, 220], [310, 220], [320, 230]],
    [[256, 300]],
    [[220, 340], [240, 355], [270, 355], [290, 340]],
]


def shifted(x, y=0):
    return [[[a + x, b + y] for a, b in chain] for chain in FACE]


def serve(tmp_path, limits=None, sketches=None, models=(), preparation=None):
    page = tmp_path / "page"
    page.mkdir(exist_ok=True)
    (page / "index.html").write_text("<!doctype html>")
    (page / "ink.js").write_text("export {}")
    app = build_app(
        Painting(load_models(models), preparation or Preparation()),
        PictureStrokes(tmp_path),
        NearestSketches(sketches or []),
        limits=limits or Limits(),
        page=page,
    )
    return TestClient(app, base_url="http://127.0.0.1")


@pytest.fixture
def client(tmp_path):
    with serve(tmp_path) as found:
        yield found


def face_of(answer):
    assert answer.status_code == 200, answer.text
    return picture(answer.json()["face"])


def picture(url):
    head, data = url.split(",")
    assert head == "data:image/png;base64"
    return decode_png(base64.b64decode(data))


def painted(tmp_path, chains, name="drawing", model=SMALL, wishes=NO_WISHES):
    """What the command `paint` makes of the same strokes."""
    (tmp_path / f"{name}.svg").write_text(to_svg(strokes_of_chains(chains)))
    drawing = tmp_path / f"{name}.svg"
    (done,) = paint(model, [drawing], tmp_path / "faces", wishes=wishes)
    return decode_png(done.path.read_bytes())


def test_the_face_is_that_of_the_command(client, tmp_path):
    answer = client.post("/api/paint", json={"strokes": FACE})
    assert np.array_equal(face_of(answer), painted(tmp_path, FACE))
    told = answer.json()
    assert (told["model"], told["size_px"], told["advice"]) == ("small", SMALL_PX, "")
    assert told["certain"] is None and "attention" not in told and "strokes" not in told
    assert told["sha256"] == client.get("/api/models").json()[0]["sha256"]


def test_drawings_painted_together_give_each_his_own_face(client, tmp_path):
    drawings = [shifted(6 * number, -4 * number) for number in range(16)]
    with ThreadPoolExecutor(len(drawings)) as pool:
        answers = pool.map(lambda one: client.post("/api/paint", json={"strokes": one}), drawings)
    for number, (drawing, answer) in enumerate(zip(drawings, answers, strict=True)):
        difference = face_of(answer).astype(int) - painted(tmp_path, drawing, str(number))
        assert abs(difference).max() <= 1


def test_what_waits_is_painted_together(monkeypatch):
    model = load_models([])["small"]
    sketches = [seen(strokes_of_chains(shifted(4 * number)), SMALL_PX) for number in range(11)]
    sizes, begun, go_on = [], threading.Event(), threading.Event()
    forward = type(model).paint

    def watched(self, batch, told):
        begun.set()
        assert go_on.wait(30)
        sizes.append(len(batch))
        return forward(self, batch, told)

    monkeypatch.setattr(type(model), "paint", watched)
    batcher = Batcher()
    usual = tell_wishes(model.painter, NO_WISHES)
    faces = [batcher.submit(model, sketches[0], usual)]
    assert begun.wait(30)
    faces += [batcher.submit(model, one, usual) for one in sketches[1:]]
    assert batcher.waiting() == 10
    go_on.set()
    for sketch, face in zip(sketches, faces, strict=True):
        difference = face.result(30).astype(int) - forward(model, sketch[None], usual)[0]
        assert abs(difference).max() <= 1
    assert sizes == [1, 8, 2]
    batcher.close()
    assert not batcher.works()


def test_a_failing_model_fails_its_caller_alone(monkeypatch):
    model = load_models([])["small"]
    batcher = Batcher()
    with pytest.raises(RuntimeError):
        batcher.submit(model, np.zeros((3, 3), np.float32)).result(30)
    blank = np.zeros((SMALL_PX, SMALL_PX), np.float32)
    usual = tell_wishes(model.painter, NO_WISHES)
    assert batcher.submit(model, blank, usual).result(30).shape == (SMALL_PX, SMALL_PX, 3)
    batcher.close()


def test_attention_is_shown_on_request(tmp_path):
    form = {"size": 64, "channels": 4, "downs": 2, "blocks": 1, "sap_channels": 4}
    model = ModelParams(**form, kind="dual", attention_features=False)
    torch.manual_seed(0)
    path = tmp_path / "pooled.safetensors"
    save_painter(path, build_main(model, None), model, {})
    with serve(tmp_path, models=[path]) as client:
        assert client.get("/api/models").json()[0]["options"]["attention"]
        answer = client.post("/api/paint", json={"strokes": FACE, "attention": True}).json()
    shown = picture(answer["attention"])
    assert shown.shape == (256, 256, 3) and len(np.unique(shown.reshape(-1, 3), axis=0)) > 50


def test_a_badly_placed_drawing_is_painted_and_said_to_be_so(client):
    answer = client.post("/api/paint", json={"strokes": [[[5, 5], [9, 9], [12, 12], [30, 20]]]})
    assert "tiny" in answer.json()["advice"] and answer.json()["advice"].endswith(".")


@pytest.fixture
def told(tmp_path):
    """A model that is told of level and colours, with random weights."""
    torch.manual_seed(0)
    form = {"kind": "single", "sap": False, "size": 32, "channels": 4, "downs": 2, "blocks": 1}
    model = ModelParams(**form, level_told=True, palette=True)
    usual = palette_entry(np.full((3, 3), 99, np.uint8))
    path = tmp_path / "told.safetensors"
    net = build_main(model, None)
    for weight in net.parameters():  # what is told changes nothing before training
        torch.nn.init.normal_(weight, std=0.2)
    save_painter(path, net, model, usual)
    return path


def test_colours_are_refused_where_none_are_told(tmp_path):
    form = {"kind": "single", "sap": False, "size": 32, "channels": 4, "downs": 2, "blocks": 1}
    model = ModelParams(**form)
    save_painter(tmp_path / "deaf.safetensors", build_main(model, None), model, {})
    with serve(tmp_path, models=[tmp_path / "deaf.safetensors"]) as client:
        wish = {"strokes": FACE, "palette": {"hair": "#102030"}}
        answer = client.post("/api/paint", json=wish)
    assert answer.status_code == 422
    assert "palette: deaf cannot do that here" in answer.json()["detail"]


def test_wishes_are_told_to_a_model_that_heeds_them(tmp_path, told):
    with serve(tmp_path, models=[told]) as client:
        options = client.get("/api/models").json()[0]["options"]
        assert options["level"] and options["palette"] and not options["attention"]
        plain = {"strokes": FACE, "model": "told"}
        wished = {**plain, "level": 0.7, "palette": {"hair": "#c03020"}}
        bodies = [plain, wished] * 3
        with ThreadPoolExecutor(len(bodies)) as pool:
            answers = pool.map(lambda body: client.post("/api/paint", json=body), bodies)
        faces = [face_of(one) for one in answers]
    wishes = Wishes(0.7, {"hair": "#c03020"})
    command = [painted(tmp_path, FACE, model=told, wishes=one) for one in (NO_WISHES, wishes)]
    assert not np.array_equal(*command)
    for face, wanted in zip(faces, command * 3, strict=True):
        assert abs(face.astype(int) - wanted).max() <= 1


def test_a_drawing_is_placed_on_request(tmp_path):
    small = [[[a / 8, b / 8] for a, b in chain] for chain in FACE]
    finder = Finder(PartFinder(4, len(Facial)), {})
    with serve(tmp_path, preparation=Preparation(finder)) as client:
        as_is, placed = (
            client.post("/api/paint", json={"strokes": small, "place": one})
            for one in (False, True)
        )
    assert "tiny" in as_is.json()["advice"]
    assert placed.json()["advice"].startswith("The drawing was placed by extent: ")
    assert not np.array_equal(face_of(as_is), face_of(placed))


@pytest.mark.slow
def test_a_drawing_is_refined_on_request(tmp_path, trained_finder):
    finder, sketches, _ = trained_finder
    known = Exemplars(list(choose_exemplars(sketches, 9).values()))
    drawn = chains_of_strokes(next(iter(sketches.values())))
    with serve(tmp_path, preparation=Preparation(finder, known)) as client:
        assert client.get("/api/models").json()[0]["options"]["refine"]
        some, whole = (
            client.post("/api/paint", json={"strokes": drawn, "refine": share, "place": True})
            for share in (0.3, 1)
        )
        assert not np.array_equal(face_of(some), face_of(whole))
        again = client.post("/api/paint", json={"strokes": whole.json()["strokes"]})
    assert abs(face_of(again).astype(int) - face_of(whole)).mean() < 2


def test_models_say_what_they_can(client):
    (model,) = client.get("/api/models").json()
    assert model["name"] == "small" and len(model["sha256"]) == 64
    assert model["options"] == {
        "refine": False,
        "level": False,
        "palette": True,
        "attention": False,
    }


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"refine": 0.5}, "refine: small cannot do that here"),
        ({"level": 0.5}, "level: small cannot do that here"),
        ({"place": True}, "place: there is no finder of parts"),
        ({"model": "ours"}, "model: no 'ours'; expected one of small"),
        ({"model": "../../etc/passwd"}, "expected one of small"),
        ({"model": "/etc/passwd"}, "expected one of small"),
        ({"model": "small/../small"}, "expected one of small"),
        ({"model": "\ud800"}, "model: "),
        ({"refine": 2}, "refine: "),
        ({"palette": {"hair": "red"}}, "palette.hair: "),
        ({"colour": 1}, "colour: "),
        ({"strokes": []}, "strokes: "),
        ({"strokes": [[]]}, "stroke 0: expected 3n + 1 points, got 0"),
        ({"strokes": [[[1, 2], [3, 4]]]}, "stroke 0: expected 3n + 1 points, got 2"),
        ({"strokes": [[[1, 2, 3]]]}, "strokes.0.0"),
        ({"strokes": [[[1, 1e9]]]}, "strokes.0.0.1"),
        ({"strokes": [[[1, 2]]] * 2001}, "strokes: "),
        ({"strokes": [[[1, 2]] * 30_001] * 2}, "expected at most 60000 points"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(client, wish, told):
    body = json.dumps({"strokes": FACE, **wish})
    answer = client.post("/api/paint", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422 and told in answer.json()["detail"], answer.text


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 422, "body: Field required"),
        (b"{", 400, "expected JSON: "),
        (b"\xff\xfe", 400, "expected JSON: "),
        (b"[" * 100_000, 400, "parsing the body"),
        (b'{"strokes": [[[NaN, 1]]]}', 422, "strokes.0.0.0: "),
        (b'{"strokes": [[]]}', 422, "body: stroke 0: expected 3n + 1"),
    ],
)
def test_what_is_no_body_is_refused(client, body, status, told):
    for route in ("paint", "nearest"):
        kind = {"content-type": "application/json"}
        answer = client.post(f"/api/{route}", content=body, headers=kind)
        assert answer.status_code == status and told in answer.json()["detail"], answer.text


def test_a_picture_of_a_drawing_becomes_strokes_that_can_be_painted(client):
    ink = doodle()
    found = client.post("/api/sketch?kind=drawing", content=encode_png(ink)).json()
    assert len(found["strokes"]) >= 4 and found["advice"] == ""
    client.post("/api/paint", json={"strokes": found["strokes"]}).raise_for_status()


def test_an_svg_document_keeps_its_strokes(client):
    document = to_svg(strokes_of_chains(FACE[:3]))
    found = client.post("/api/sketch", content=document).json()["strokes"]
    for chain, wanted in zip(found, FACE, strict=False):
        assert abs(np.array(chain) - wanted).max() < 0.02


def many_copies(depth=12):
    copies = "".join(
        f'<g id="g{n}"><use href="#g{n + 1}"/><use href="#g{n + 1}"/></g>' for n in range(depth)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{copies}</svg>'.encode()


FAR = b'<svg width="9" height="9"><path d="M0 0h200" stroke="red"/></svg>'


@pytest.mark.parametrize(
    ("picture", "kind", "told"),
    [
        (b"", "drawing", "expected a picture"),
        (b"no picture", "drawing", "expected a picture"),
        (b"no picture", "photo", "expected a picture"),
        (encode_png(doodle()), "photo", "yunet.onnx, hed.h5"),
        (encode_png(np.full((90, 90), 255, np.uint8)), "drawing", "no lines found"),
        (b"<svg", "drawing", "expected an SVG document"),
        (
            b'<svg width="9" height="9"><path d="M0 0h200" stroke="red"/></svg>',
            "drawing",
            "near the page",
        ),
        (many_copies(), "drawing", "<use> is not taken"),
        (encode_png(doodle())[:200], "drawing", "damaged"),
        (b"P5 10000 6000 255\n", "drawing", "at most 50000000 px"),
        (b"P5 90000 90000 255\n", "drawing", "expected a picture"),
    ],
)
def test_what_is_no_drawing_is_refused_with_its_reason(client, picture, kind, told):
    answer = client.post(f"/api/sketch?kind={kind}", content=picture)
    assert answer.status_code == 422 and told in answer.json()["detail"], answer.text


def test_the_nearest_sketch_to_a_part_of_one_is_that_one(tmp_path):
    rng = np.random.default_rng(0)
    sketches = [strokes_of_chains(rng.uniform(40, 470, (12, 4, 2)).tolist()) for _ in range(40)]
    with serve(tmp_path, sketches=sketches) as client:
        for place in (3, 17, 39):
            chains = chains_of_strokes(sketches[place])
            body = {"strokes": chains[:4], "count": 2}
            found = client.post("/api/nearest", json=body).json()["sketches"]
            assert len(found) == 2 and found[0] == chains


def test_without_sketches_none_is_near(client):
    answer = client.post("/api/nearest", json={"strokes": FACE, "count": 3})
    assert answer.json() == {"sketches": []}


@pytest.mark.parametrize(
    "route", ["/", "/ink.js", "/health", "/api/models", "/nothing", "/metrics"]
)
def test_every_answer_has_the_safe_headers(client, route):
    answer = client.get(route)
    assert SAFE_HEADERS.items() <= {k: answer.headers.get(k) for k in SAFE_HEADERS}.items()
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_page_is_served_and_nothing_else(client, tmp_path):
    (tmp_path / "secret").write_text("secret")
    assert client.get("/").text == "<!doctype html>"
    assert client.get("/ink.js").headers["content-type"].startswith("text/javascript")
    for path in ("/../secret", "/%2e%2e/secret", "/..%2fsecret", f"/{tmp_path}/secret", "/docs"):
        assert client.get(path).status_code == 404


def test_another_sites_name_leads_nowhere(client):
    assert client.get("/api/models", headers={"host": "evil.example"}).status_code == 400


def test_requests_are_counted(client):
    client.post("/api/paint", json={"strokes": FACE}).raise_for_status()
    client.post("/api/paint", json={})
    text = client.get("/metrics").text
    assert 'facepencil_requests_total{route="/api/paint",status="200"} 1.0' in text
    assert 'facepencil_requests_total{route="/api/paint",status="422"} 1.0' in text
    assert 'facepencil_request_seconds_bucket{le="+Inf",route="/api/paint"} 2.0' in text
    assert "facepencil_queue_length 0.0" in text


def test_what_fails_in_the_server_is_answered_logged_and_counted(client, monkeypatch, caplog):
    monkeypatch.setattr(Painting, "entries", None)
    answer = client.get("/api/models")
    assert answer.status_code == 500 and answer.json()["detail"].startswith("the server failed")
    assert SAFE_HEADERS.items() <= {k: answer.headers.get(k) for k in SAFE_HEADERS}.items()
    assert "TypeError" in caplog.text
    text = client.get("/metrics").text
    assert 'facepencil_requests_total{route="/api/models",status="500"} 1.0' in text


def test_the_api_describes_itself(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/paint", "/api/sketch", "/api/nearest", "/api/models"} <= set(paths)


def test_a_large_body_is_refused(tmp_path):
    with serve(tmp_path, Limits(body=1000, picture=2000)) as client:
        assert client.post("/api/paint", content=b" " * 1001).status_code == 413
        assert client.post("/api/sketch", content=b" " * 1500).status_code == 422
        answer = client.post("/api/sketch", content=b" " * 2001)
        assert answer.status_code == 413 and "2000 bytes" in answer.json()["detail"]

        def parts():
            yield from [b" " * 600] * 2

        assert client.post("/api/paint", content=parts()).status_code == 413


def test_too_many_requests_are_refused(tmp_path):
    with serve(tmp_path, Limits(rate=0.01, burst=3)) as client:
        answers = [client.get("/api/models") for _ in range(5)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].headers["retry-after"] == "1" and "from one" in answers[-1].text
        assert client.get("/health").status_code == 200


def test_requests_beyond_those_at_work_are_told_to_come_again():
    async def scenario():
        answered = asyncio.Event()

        async def app(scope, receive, send):
            await answered.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

        limited = LimitedApi(app, Limits(at_once=2))
        asked = [asyncio.create_task(ask(limited)) for _ in range(3)]
        await asyncio.wait([asked[2]], timeout=30)
        assert asked[2].done() and not asked[0].done()
        answered.set()
        assert [await one for one in asked] == [200, 200, 503]
        assert await ask(limited) == 200

    asyncio.run(scenario())


async def ask(app, body=b""):
    """The status of an answer to a request whose body comes in parts, which are taken from it."""
    sent, left = [], body if isinstance(body, list) else [body]

    async def receive():
        await asyncio.sleep(0)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/api/x", "headers": [], "client": ("a", 1)}
    await app(scope, receive, send)
    return sent[0]["status"]


def test_no_body_is_taken_while_enough_requests_are_answered():
    async def scenario():
        answered, taken = asyncio.Event(), []

        async def app(scope, receive, send):
            taken.append((await receive())["body"])
            await answered.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})

        limited = LimitedApi(app, Limits(at_once=1))
        first = asyncio.create_task(ask(limited, b"first"))
        while not taken:
            await asyncio.sleep(0)
        unread = [b"second"]
        assert await ask(limited, unread) == 503 and unread == [b"second"]
        answered.set()
        assert await first == 200 and taken == [b"first"]

    asyncio.run(scenario())


def test_bodies_that_arrive_share_one_room():
    async def scenario():
        async def app(scope, receive, send):
            await receive()
            await send({"type": "http.response.start", "status": 200, "headers": []})

        limited = LimitedApi(app, Limits(bodies=100))
        parts = [b"x" * 30] * 3
        statuses = await asyncio.gather(*(ask(limited, [*parts]) for _ in range(4)))
        assert statuses.count(503) >= 2 and 200 in statuses
        assert await ask(limited, parts) == 200

    asyncio.run(scenario())


def test_strokes_keep_their_form_on_the_way():
    strokes = strokes_of_chains(FACE)
    assert chains_of_strokes(strokes) == FACE
    assert len(cv2.findNonZero((seen(strokes_of_chains([[[256, 256]]]), 64) > 0).astype("u1"))) > 0
