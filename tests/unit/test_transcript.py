"""Bytes to lines: however they are cut up, nothing is lost, doubled, or held without bound; secrets never pass."""

import asyncio
import itertools
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Conflict
from domain.journal import LINE_LIMIT, Batch
from provisioning import transcript as module
from provisioning.lines import HOLD, Splitter
from provisioning.transcript import Transcript


class Rows:
    """What the journal does, in memory: numbered lines, and refusal of a batch that does not begin where we stand."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps: list[str] = []
        self.log_bytes = 0
        self.batches = 0

    def append(self, _job_id: int, batch: Batch) -> int:
        if batch.from_bytes not in (None, self.log_bytes):
            raise Conflict("moved")
        self.batches += 1
        self.lines += [text for _, text in batch.lines]
        self.steps += [name for _, name in batch.steps]
        if batch.log_bytes is not None:
            self.log_bytes = batch.log_bytes
        return len(self.lines)


def opened(rows: Rows, **more: object) -> Transcript:
    return Transcript(
        1, log_bytes=rows.log_bytes, last_line=len(rows.lines), write=rows.append, **more  # type: ignore[arg-type]
    )  # fmt: skip


def lines_of(*chunks: bytes, secrets: tuple[str, ...] = ()) -> list[str]:
    splitter = Splitter(secrets=secrets)
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)] + splitter.rest()
    return [piece.value for piece in pieces]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_how_the_bytes_are_cut_up_changes_nothing(log: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(log), *(min(cut, len(log)) for cut in cuts)})
    whole, cut_up = Splitter(), Splitter()
    expected = whole.feed(log) + whole.rest()
    got = [piece for a, b in itertools.pairwise(places) for piece in cut_up.feed(log[a:b])] + cut_up.rest()
    assert got == expected
    assert [piece.start for piece in got[1:]] == [piece.end for piece in got[:-1]]
    assert cut_up.offset == len(log)
    assert not any("\x00" in piece.value for piece in got if piece.kind == "text")


def test_marks_are_for_the_program_and_look_alikes_are_text() -> None:
    splitter = Splitter()
    log = (
        b'::step clone\n::progress 40\n::result {"a": 1}\n::step Not A Name\n ::step x\n::result nonsense\n::other x\n'
    )
    kinds = [(piece.kind, piece.value) for piece in splitter.feed(log)]
    assert kinds == [
        ("step", "clone"), ("progress", 40), ("result", {"a": 1}),
        ("text", "::step Not A Name"), ("text", " ::step x"), ("text", "::result nonsense"), ("text", "::other x"),
    ]  # fmt: skip


def test_a_megabyte_in_one_line_is_shortened_and_never_held() -> None:
    splitter = Splitter()
    tracemalloc.start()
    for _ in range(1_000):
        assert splitter.feed(b"x" * 1_000) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (piece,) = splitter.feed(b"\nnext")
    assert piece.value.endswith("… [línea de 1,0 MB, acortada]")
    assert len(piece.value) == LINE_LIMIT
    assert (piece.start, piece.end) == (0, 1_000_001)
    assert peak < 5 * HOLD


def test_terminal_habits_are_made_plain() -> None:
    assert lines_of(b"10%\r50%\r100%\r\n") == ["100%"]
    assert lines_of(b"\x1b[32mlisto\x1b[0m\x1b[2K\x1b]0;title\x07\x00\x08\n") == ["\x1b[32mlisto\x1b[0m"]
    assert lines_of("ñandú 🦤".encode()[:-1] + b"\n") == ["ñandú \ufffd [contiene bytes no válidos]"]
    assert lines_of(b"a\n\nb") == ["a", "", "b"]


def test_secrets_are_hidden_by_value_by_shape_and_over_many_lines() -> None:
    key = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXkt\nAAAA\n-----END OPENSSH PRIVATE KEY-----\nafter\n"
    assert lines_of(key) == ["[oculto]", "[oculto]", "[oculto]", "[oculto]", "after"]
    hashed = "$pbkdf2-sha512$600000$c2FsdHNhbHQ$aGFzaGhhc2g"
    assert lines_of(f"login m@sol.do {hashed}\n".encode()) == ["login m@sol.do [oculto]"]
    assert lines_of(b"the word tulip-42\n", secrets=("tulip-42",)) == ["the word [oculto]"]
    across_the_limit = b"y" * (LINE_LIMIT - 60) + b" sk_live_" + b"A" * 200 + b"\n"
    assert "sk_live" not in lines_of(across_the_limit)[0]


async def test_a_reattach_at_any_byte_neither_loses_nor_doubles() -> None:
    log = b"".join(f"línea {number}\n".encode() for number in range(200)) + b"without newline"
    rows = Rows()
    position = 0
    for stop in (37, 38, 500, 501, 1_200, len(log)):
        first = opened(rows)
        await first.feed(log[rows.log_bytes : stop])
        if stop < len(log):
            await first.flush()
        else:
            await first.finish()
        await first.close()
        position = stop
    assert position == rows.log_bytes == len(log)
    assert rows.lines == [f"línea {number}" for number in range(200)] + ["without newline"]


async def test_a_cut_within_one_attempt_reads_on_from_the_last_whole_line() -> None:
    rows = Rows()
    transcript = opened(rows)
    await transcript.feed(b"one\ntwo\nthr")
    place = transcript.rewind()
    assert place == len(b"one\ntwo\n")
    await transcript.feed(b"one\ntwo\nthree\n"[place:])
    await transcript.finish()
    assert rows.lines == ["one", "two", "three"]


async def test_a_worker_that_lost_the_job_cannot_write() -> None:
    rows = Rows()
    late, now = opened(rows), opened(rows)
    await now.feed(b"mine\n")
    await now.flush()
    await late.feed(b"mine\n")
    with pytest.raises(Conflict):
        await late.flush()
    assert rows.lines == ["mine"]


async def test_the_end_of_a_log_beyond_the_limit_is_kept_even_over_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEAD", 50)
    monkeypatch.setattr(module, "TAIL", 10)
    log = b"".join(b"%d\n" % number for number in range(500))
    rows = Rows()
    first = opened(rows)
    await first.feed(log[:1_000])
    await first.flush()
    await first.close()
    assert rows.lines[:50] == [str(number) for number in range(50)]
    assert len(rows.lines) == 51
    second = opened(rows)
    await second.feed(log[rows.log_bytes :])
    await second.finish()
    assert rows.lines[51:] == [str(number) for number in range(490, 500)]
    assert rows.log_bytes == len(log)


async def test_ten_thousand_lines_go_in_few_batches_and_the_first_at_once() -> None:
    rows = Rows()
    transcript = opened(rows)
    await transcript.feed(b"first\n")
    await asyncio.wait_for(transcript.flush(), 1)
    assert rows.lines == ["first"]
    for start in range(0, 10_000, 100):
        await transcript.feed(b"".join(b"%d\n" % number for number in range(start, start + 100)))
    await transcript.finish()
    assert rows.lines == ["first", *[str(number) for number in range(10_000)]]
    assert rows.batches < 40


@pytest.mark.parametrize("turns", range(5))
async def test_it_closes_whatever_the_writer_is_just_about_to_do(turns: int) -> None:
    rows = Rows()
    transcript = opened(rows)
    await transcript.feed(b"one\n")
    await transcript.flush()
    await transcript.feed(b"two\n")
    await asyncio.sleep(0)
    transcript._big.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    await asyncio.wait_for(transcript.close(), 2)
    assert transcript._pump.done()


async def test_finish_waits_for_what_is_just_being_written() -> None:
    """Or the job would end before its last step is known to have begun, which would then run for ever."""
    rows, begun = Rows(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(job_id: int, batch: Batch) -> int:
        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.05)  # as a busy database
        return rows.append(job_id, batch)

    transcript = Transcript(1, write=slow)
    for number in range(5):
        await transcript.feed(b"linea\n")
        await begun.wait()
        begun.clear()
        transcript.begin_step(f"paso_{number}")
        transcript.note("nota")
        await transcript.finish()
        assert (len(rows.steps), len(rows.lines)) == (number + 1, 2 * (number + 1))
    await transcript.close()
