"""The stand-ins as processes: the ready line, the end, and never beyond loopback."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.stripe_stand import KEY, client

STRIPE = ["domain.sandbox", "--secret-key", KEY, "--webhook-secret", "whsec_1", "--webhook-secret", "whsec_2"]
MAIL = ["domain.sandbox.mail"]


def _start(words: list[str]) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    process = subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready: dict[str, Any] = json.loads(process.stdout.readline())
    assert ready.pop("ready") is True
    return process, ready


@pytest.mark.parametrize("words", [STRIPE, MAIL], ids=["stripe", "mail"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_ends_when_told(words: list[str], number: signal.Signals) -> None:
    process, _ = _start(words)
    process.send_signal(number)
    # Idle it takes 0.4 s; a busy machine stretches that, waiting for a page or a delivery would be 10 s and more.
    assert process.wait(5) == 0
    assert process.stdout is not None
    assert process.stdout.read() == ""


def test_killed_outright_it_has_lost_nothing_and_comes_back_at_its_address(tmp_path: Path) -> None:
    words = [*STRIPE, "--data", str(tmp_path / "stripe.sqlite3")]
    process, ready = _start(words)
    made = client(ready["url"]).v1.customers.create({"name": "Ana"})
    process.kill()
    process.wait(5)
    process, again = _start(words)
    try:
        assert again == ready
        assert client(again["url"]).v1.customers.retrieve(made.id).name == "Ana"
    finally:
        process.terminate()
        process.wait(5)


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "example.com"])
@pytest.mark.parametrize("words", [STRIPE, MAIL], ids=["stripe", "mail"])
def test_it_refuses_to_listen_beyond_loopback(words: list[str], host: str) -> None:
    done = subprocess.run([sys.executable, "-m", *words, "--host", host], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "loopback" in done.stderr
    assert done.stdout == ""
