"""A job's log is followed from any byte, promptly and whole."""

import subprocess
import sys
import threading
import time

import pytest

from tests.unit.node_kit import KIT, Kit, ended, running_kit, until  # noqa: F401 - the fixture `kit`

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the node is Linux")


def test_follow_is_prompt_and_whole(kit: Kit) -> None:
    """2,000 lines a second: each is with the reader within 20 ms (median), none lost."""
    body = 'for ((i = 0; i < 400; i++)); do printf "%s %s\\n" "$i" "$EPOCHREALTIME"; sleep 0.0005; done'
    attached = kit.start("1", body)
    assert attached.stdout is not None
    late, count = [], 0
    for line in attached.stdout:
        number, moment = line.split()
        late.append(time.time() - float(moment))
        assert int(number) == count
        count += 1
    assert count == 400
    assert sorted(late)[200] < 0.02, sorted(late)[::40]
    attached.wait()


def test_follow_ends_promptly_and_many_may_follow(kit: Kit) -> None:
    attached = kit.start(
        "1",
        'until [[ -e $ALTA_STATE/go ]]; do sleep 0.01; done; say fin; printf "%s" "$EPOCHREALTIME" >"$ALTA_STATE/end"',
    )
    until(lambda: kit.file("1", "pid").exists())
    followers = [kit.launch("probe.sh", "1", "follow", "0") for _ in range(3)]
    moments: list[float] = []

    def wait(process: subprocess.Popen[bytes]) -> None:
        assert ended(process) == (0, "fin\n")
        moments.append(time.time())

    threads = [threading.Thread(target=wait, args=[process]) for process in [attached, *followers]]
    for thread in threads:
        thread.start()
    (kit.state / "go").touch()
    for thread in threads:
        thread.join(20)
    assert len(moments) == 4
    assert max(moments) - float((kit.state / "end").read_text()) < 1
