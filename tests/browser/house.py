"""A whole house for browser tests: `main.py demo` on free ports, as a person would start it."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class House:
    """Addresses of a running demo, and its admin's password."""

    web: str
    stripe: str
    inbox: str
    node: str
    admin_password: str

    def faults(self, **switches: Any) -> None:
        """Switches faults of the node on or off (`reset=True` puts everything right)."""
        httpx.post(f"{self.node}/_faults", json=switches, timeout=10).raise_for_status()

    def letters(self) -> list[dict[str, Any]]:
        """What was mailed so far."""
        answer: list[dict[str, Any]] = httpx.get(f"{self.inbox}/messages", timeout=10).json()
        return answer

    def letter_to(self, address: str, subject: str) -> Any:
        """The letter, once it is there."""
        return until(lambda: next(
            (one for one in self.letters() if address in str(one["to"]) and subject in one["subject"]), None
        ))  # fmt: skip


def until(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What `look` returns as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.05)
    return found


def link_in(text: str, part: str) -> str:
    """The first address in a letter that has `part` in it."""
    match = re.search(rf"https?://[^\s\"<>]*{re.escape(part)}[^\s\"<>]*", text)
    assert match, f"no link with {part} in: {text}"
    return match[0]


@contextmanager
def running(data_dir: Path, node: str = "stand-in") -> Iterator[House]:
    """Starts a demo and ends it afterwards; `node` as its option of that name."""
    demo = subprocess.Popen(
        [sys.executable, "main.py", "demo", "--fresh", "--port", "0", "--data-dir", str(data_dir), "--node", node],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert demo.stdout is not None
    printed = ""
    for line in demo.stdout:
        printed += line
        if "Ctrl-C ends everything" in line:
            break
    else:
        raise AssertionError(f"the demo ended: {printed}")
    known = json.loads((data_dir / "demo.json").read_text())
    ports = known["ports"]
    try:
        yield House(
            web=f"http://localhost:{ports['web']}",
            stripe=f"http://127.0.0.1:{ports['stripe']}",
            inbox=f"http://127.0.0.1:{ports['mail']}",
            node=f"http://127.0.0.1:{ports['node_http']}",
            admin_password=known["keys"]["admin_password"],
        )
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=20)
