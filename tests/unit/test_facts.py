"""What a node answers is data from elsewhere: another shape is a bad answer, and never an error of ours."""

from pathlib import Path

import pytest

from provisioning import facts
from provisioning.facts import BadAnswer, JobState
from provisioning.host import Address, Completed, Host


class Saying(Host):
    """A host whose every command prints the same: what a kit of another version would say cannot be had here."""

    def __init__(self, output: bytes, status: int = 0) -> None:
        super().__init__(Address("nodo-a", "127.0.0.1", 22, "root", Path("key"), "ssh-ed25519 AAAA", 105))
        self._said = Completed(status, output)

    async def run(self, *_: object, **__: object) -> Completed:
        return self._said


async def test_the_last_result_line_counts() -> None:
    host = Saying(b'hola\n::result {"state": "ok", "exit": 0, "bytes": 7}\n')
    assert await facts.job_state(host, 1) == JobState("ok", 0, 7)


@pytest.mark.parametrize("output", [b"", b"::result {", b"::result []", b'::result {"state": "ok"}', b"::result null"])
async def test_another_shape_is_a_bad_answer(output: bytes) -> None:
    with pytest.raises(BadAnswer):
        await facts.job_state(Saying(output), 1)
    with pytest.raises(BadAnswer):
        await facts.health(Saying(output))
