"""kill -9 at ten named points: the last published set stays whole, the next run completes, nothing is left."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bzmodel.run.publication import Publication, whole

pytestmark = pytest.mark.slow
POINTS = (
    "locked",
    "staged",
    "in-notebook",
    "after-notebook",
    "pages-made",
    "before-manifest",
    "after-manifest",
    "before-pointer",
    "in-pointer",
    "after-pointer",
)


def run(city, *, kill_at="", pointer="link"):
    environment = os.environ | {"BZMODEL_KILL_AT": kill_at, "BZMODEL_POINTER": pointer}
    command = [sys.executable, "-m", "bzmodel", "run", "--city", str(city), "--year", "2021", "--quiet"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finished(process):
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()


def kernels(city):
    """Processes that work for this city: their environment names its staging folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"BZMODEL_STAGING={city}".encode() in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found


def no_kernel_left(city):
    deadline = time.monotonic() + 5
    while kernels(city):
        assert time.monotonic() < deadline, kernels(city)
        time.sleep(0.1)


def change(city, value):
    text = (city / "city.toml").read_text()
    (city / "city.toml").write_text(re.sub(r"level = \S+", f"level = {value}", text))


def opens(city):
    """The page at current/index.html, through a redirection where there is one."""
    page = city / "reports/2021/current/index.html"
    target = re.search(r'url=([^"]+)"', page.read_text())
    return ((page.parent / target[1]) if target else page).resolve()


def published_again(city, pointer):
    finished(run(city, pointer=pointer))
    place = city / "reports/2021"
    assert not list(place.glob("staging-*"))
    current = Publication(place).current()
    assert whole(current)
    assert opens(city) == (current / "index.html").resolve()
    return json.loads((current / "manifest.json").read_text())["notebooks"]["20-first"]["parameters"]["level"]


@pytest.mark.parametrize("pointer", ["link", "file"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at(small, point, pointer):
    city, _ = small
    finished(run(city, pointer=pointer))
    first = Publication(city / "reports/2021").current()
    change(city, 0.5)
    killed = run(city, kill_at=point, pointer=pointer)
    killed.communicate(timeout=300)
    assert killed.returncode == -signal.SIGKILL
    no_kernel_left(city)
    assert whole(first)
    assert whole(Publication(city / "reports/2021").current())
    assert opens(city).is_file()
    assert published_again(city, pointer) == 0.5


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_a_random_moment(small, seed):
    city, _ = small
    begun = time.monotonic()
    finished(run(city))
    length = time.monotonic() - begun
    change(city, 0.5)
    killed = run(city)
    time.sleep(random.Random(seed).random() * length)
    killed.kill()
    killed.communicate(timeout=60)
    no_kernel_left(city)
    assert whole(Publication(city / "reports/2021").current())
    assert published_again(city, "link") == 0.5


def test_a_second_run_meanwhile_is_refused(small):
    city, _ = small
    first = run(city)
    while not (city / "reports/2021/.lock").exists():
        time.sleep(0.02)
    time.sleep(0.2)
    second = run(city)
    _, said = second.communicate(timeout=60)
    assert second.returncode == 6, said.decode()
    assert b"Traceback" not in said
    finished(first)
