"""SECURITY.md's table of OWASP ASVS 5.0: each requirement of levels 1 and 2 once, and what it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\S+) \| (.*?) \| (.*?) \|$", re.MULTILINE)
# Which requirements of each section are of levels 1 or 2: the first so many, as the standard numbers them (a section
# lists its level 3 last).
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip


def rows() -> list[tuple[str, str, str, list[str]]]:
    """Requirement, state, words, and the tests and files named."""
    found = ROW.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    return [(number, state, words, re.findall(r"`([^`]+)`", shown)) for number, state, words, shown in found]


def tests() -> set[str]:
    """Every test that the suite collects."""
    kept = [*ROOT.glob("tests/*/test_*.py")]
    return {name for file in kept for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))}


def test_every_requirement_of_levels_1_and_2_has_its_row() -> None:
    wanted = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
    assert len(wanted) == 253
    assert [number for number, *_ in rows()] == wanted


def test_every_row_says_what_is_so_and_what_shows_it() -> None:
    known, silent = tests(), []
    for number, state, words, shown in rows():
        if state not in ("met", "n.a.", "open") or not words or (state == "met" and not shown):
            silent.append(f"{number}: {state} {words}")
        silent += [f"{number} names {name}" for name in shown if name not in known and not (ROOT / name).is_file()]
    assert not silent, "\n".join(silent)


def test_the_sum_is_the_tables() -> None:
    said = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    counts = {state: sum(1 for _, found, *_ in rows() if found == state) for state in ("met", "n.a.", "open")}
    assert f"{counts['met']} met, {counts['n.a.']} not applicable, {counts['open']} open" in said
