from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

from facepencil.cli import app
from facepencil.strokes.strokes import Strokes, write_strokes
from tests.fixtures.commands import ROOT


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments], prog_name="facepencil")


def test_help_needs_none_of_the_heavy_libraries(workplace):
    code = (
        "import sys; from facepencil.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'mlflow', 'pandas', 'cv2', 'numpy', 'scipy'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    assert "Paint the faces of drawings" in workplace.run("python", "-c", code).stdout


@pytest.mark.parametrize(
    "command", ["svg", "paint", "draw", "track send", "config show", "config schema", "variant"]
)
def test_every_command_explains_itself(command):
    done = run(*command.split(), "--help")
    assert done.exit_code == 0 and "Usage:" in done.stdout


@pytest.fixture
def shard(tmp_path):
    points = np.array([[10, 10], [40, 10], [60, 30], [60, 60]], np.float32)
    segments, starts = np.array([[0, 1, 2, 3]], np.int32), np.array([0, 1], np.int32)
    strokes = Strokes(points, segments, starts, np.zeros(1, np.uint8))
    write_strokes(tmp_path / "0.npz", {"000001": strokes})
    return tmp_path / "0.npz"


def test_svg_prints_the_strokes_of_a_face(shard):
    done = run("svg", shard, "000001")
    assert done.exit_code == 0
    paths = ElementTree.fromstring(done.stdout).findall(".//{http://www.w3.org/2000/svg}path")
    assert [path.get("d")[:12] for path in paths] == ["M10.00 10.00"]


def test_svg_names_what_is_missing(shard, tmp_path):
    done = run("svg", shard, "000002")
    assert done.exit_code == 1
    assert "no face '000002'" in done.stderr and "such as 000001" in done.stderr
    done = run("svg", tmp_path / "1.npz", "000001")
    assert done.exit_code == 1 and "1.npz" in done.stderr


def test_config_show_names_a_wrong_key(tmp_path):
    text = (ROOT / "presets/test.yaml").read_text().replace("seed:", "sed:", 1)
    (tmp_path / "mine.yaml").write_text(text)
    done = run("config", "show", tmp_path / "mine.yaml")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "mine.yaml: 2 mistakes" in done.stderr and "did you mean seed?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("paint one.png", 1),
        ("paint --size 3", 2),
        ("config shw", 2),
        ("config show --depth 3", 2),
        ("variant", 2),
        ("paint none.png --model none.safetensors", 1),
        ("svg none.npz 000001", 1),
        ("draw --model none.safetensors --port 0", 1),
        ("draw --host 192.0.2.1", 1),
        ("config show none.yaml", 1),
        ("config refresh none.yaml", 1),
        ("variant ours --params none.yaml", 1),
    ],
)
def test_a_users_error_is_one_line(tmp_path, monkeypatch, arguments, code):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments.split())
    assert (done.exit_code, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1 and "facepencil" in done.stderr


def test_a_file_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "mine.yaml").write_text((ROOT / "presets/test.yaml").read_text())
    (tmp_path / ".mine.tmp.yaml").mkdir()
    done = run("config", "refresh", tmp_path / "mine.yaml")
    assert done.exit_code == 1 and len(done.stderr.splitlines()) == 1
    assert "mine.tmp.yaml" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["config"], ["track"]])
def test_no_command_prints_the_help(arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Usage: " in done.stdout + done.stderr and "Traceback" not in done.stderr
