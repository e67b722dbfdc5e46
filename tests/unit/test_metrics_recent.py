"""Answers that may be a moment old are made once, for all who ask meanwhile."""

import threading

import pytest

from domain.recent import recent


def test_one_answer_serves_all_who_ask_at_once_and_expires() -> None:
    asked: list[int] = []
    gate = threading.Event()

    @recent(0.05)
    def slow(number: int) -> int:
        asked.append(number)
        gate.wait(2)
        return number * 2

    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(slow(4))) for _ in range(5)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert answers == [8] * 5
    assert asked == [4]
    threading.Event().wait(0.06)
    assert slow(4) == 8
    assert asked == [4, 4]


def test_answers_are_kept_apart_by_arguments_and_errors_are_not_kept() -> None:
    tries: list[str] = []

    @recent(60)
    def fragile(word: str) -> str:
        tries.append(word)
        if len(tries) == 1:
            raise ValueError(word)
        return word.upper()

    with pytest.raises(ValueError, match="sol"):
        fragile("sol")
    assert [fragile("sol"), fragile("sol"), fragile("mar")] == ["SOL", "SOL", "MAR"]
    assert tries == ["sol", "sol", "mar"]
