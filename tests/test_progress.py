import os
import pty
import subprocess
import sys
import termios

from facepencil.progress import track

CODE = (
    "import time; from facepencil.progress import track\n"
    "for _ in track(range(3), 'crop', 3): time.sleep(0.3)\n"
)


def test_yields_the_items_in_order():
    assert list(track(iter("abc"), "letters", unit="letter")) == ["a", "b", "c"]


def test_is_lazy():
    items = track((1 // n for n in (1, 0)), "fractions", 2)
    assert next(items) == 1


def test_off_a_terminal_there_are_whole_plain_lines(workplace):
    done = workplace.run("python", "-c", CODE)
    assert "\r" not in done.stderr and "\x1b" not in done.stderr
    assert done.stderr.endswith("\n")
    lines = done.stderr.splitlines()
    assert all(line.startswith("crop: ") and "/3" in line for line in lines)
    assert "crop: 3/3" in lines[-1]


def test_on_a_terminal_there_is_a_bar():
    here, there = pty.openpty()
    termios.tcsetwinsize(there, (24, 80))
    child = subprocess.Popen([sys.executable, "-c", CODE], stderr=there)
    os.close(there)
    text = ""
    try:
        while piece := os.read(here, 4096).decode():
            text += piece
    except OSError:  # the other end closed
        pass
    os.close(here)
    assert child.wait() == 0
    assert "\r" in text and "100%" in text and "3/3" in text
