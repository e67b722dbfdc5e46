"""`main.py demo`: starts whole, refuses a second one, keeps its data, and leaves no process behind."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]


def start(data_dir: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "main.py", "demo", "--port", "0", "--data-dir", str(data_dir), *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until_ready(demo: "subprocess.Popen[str]") -> str:
    """What it printed up to the tour's last line."""
    assert demo.stdout is not None
    printed = ""
    for line in demo.stdout:
        printed += line
        if "Ctrl-C ends everything" in line:
            return printed
    raise AssertionError(f"the demo ended: {printed}")


def processes_of(data_dir: Path) -> list[str]:
    """Command lines of every process that names the directory."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if any(str(data_dir) in word for word in [*words, process.info["cwd"] or ""]):
            found.append(" ".join(words)[:120])
    return found


def end(demo: "subprocess.Popen[str]", number: signal.Signals) -> float:
    began = time.monotonic()
    for _ in range(10):  # as when uv hands on what the whole group got too: signals must not meet in each other's way
        demo.send_signal(number)
    demo.communicate(timeout=20)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


def test_a_demo_starts_whole_and_ends_whole(data_dir: Path) -> None:
    demo = start(data_dir, "--fresh")
    try:
        printed = wait_until_ready(demo)
        assert all(word in printed for word in ("1. buy", "2. watch", "3. pay"))
        web = f"http://127.0.0.1:{json.loads((data_dir / 'demo.json').read_text())['ports']['web']}"
        assert httpx.get(f"{web}/readyz", timeout=5).status_code == 200
        assert "Pyme" in httpx.get(f"{web}/", timeout=5).text

        second = subprocess.run(
            [sys.executable, "main.py", "demo", "--port", "0", "--data-dir", str(data_dir)],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert second.returncode == 1
        assert "already runs" in second.stdout
        assert httpx.get(f"{web}/readyz", timeout=5).status_code == 200
    finally:
        seconds = end(demo, signal.SIGTERM)
    assert demo.returncode == 0
    assert seconds < 5
    assert processes_of(data_dir) == []


def test_data_and_addresses_survive_a_restart(data_dir: Path) -> None:
    before = json.loads((data_dir / "demo.json").read_text())
    demo = start(data_dir)
    try:
        printed = wait_until_ready(demo)
        after = json.loads((data_dir / "demo.json").read_text())
        assert after["keys"] == before["keys"]
        assert {part: port for part, port in after["ports"].items() if part != "web"} == {
            part: port for part, port in before["ports"].items() if part != "web"
        }
        assert before["keys"]["admin_password"] in printed
    finally:
        seconds = end(demo, signal.SIGINT)
    assert seconds < 5
    assert processes_of(data_dir) == []


def test_fresh_leaves_a_directory_alone_that_no_demo_made(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    demo = start(tmp_path, "--fresh")
    printed, _ = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert "left alone" in printed
    assert (tmp_path / "precious.txt").read_text() == "mine"


def figures(data_dir: Path, printed: str) -> dict[str, Any]:
    """What the dashboard's API says to the demo's staff."""
    known = json.loads((data_dir / "demo.json").read_text())
    with httpx.Client(base_url=f"http://127.0.0.1:{known['ports']['web']}", timeout=10) as web:
        assert known["keys"]["owner_password"] in printed
        asked = {"username": "admin", "password": known["keys"]["admin_password"]}
        token = web.post("/api/auth/token", data=asked).json()["access_token"]
        found = web.get("/api/dashboard/metrics", headers={"Authorization": f"Bearer {token}"})
        return dict(found.json())


def test_the_first_start_is_lived_in_and_a_past_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    house = tmp_path / "data"
    demo = start(house)
    while not (house / "demo.json").exists() or "past" not in json.loads((house / "demo.json").read_text() or "{}"):
        assert demo.poll() is None
        time.sleep(0.05)
    end(demo, signal.SIGTERM)
    assert processes_of(house) == []
    demo = start(house, "--customers", "3")
    try:
        now = figures(house, wait_until_ready(demo))
        assert (now["customers"]["total"], now["tenants"]["running"]) == (3, 3)
        (income,) = now["income"]
        assert income["cents"] == 14_900 + 500 + 2900 + 5900, "one grew twice, one once"
        assert now["webhooks"]["failed"] == 0
    finally:
        end(demo, signal.SIGTERM)
    assert processes_of(house) == []
