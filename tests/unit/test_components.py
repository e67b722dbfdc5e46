"""The pieces of pages: what they say, that nothing in them is HTML by accident, and that their colours can be read."""

import asyncio
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ui import tokens
from ui.components.button import link_html
from ui.components.empty import empty_html
from ui.components.kpi import kpi_html, spark_html
from ui.components.latest import Latest
from ui.components.plan_card import months_free, plan_card_html
from ui.components.problem import problem_html
from ui.components.state_badge import badge_html, cell, words
from ui.components.steps import steps_html
from ui.frames import public_document
from ui.pages.public import errors

EVIL = "<img src=x onerror=alert(1)>\"'"


@dataclass(frozen=True)
class Step:
    phrase: str
    status: str
    seconds: float | None = None


@dataclass(frozen=True)
class Price:
    amount_cents: int
    currency: str = "USD"


@dataclass(frozen=True)
class Plan:
    prices: dict[str, Price]
    code: str = "pyme"
    name: str = "Pyme"
    summary: str = ""
    features: list[str] = field(default_factory=lambda: ["25 GB"])
    highlighted: bool = False
    trial_days: int = 0
    per_person: bool = False


@pytest.mark.parametrize(
    "html",
    [
        badge_html(EVIL),
        steps_html([Step(EVIL, "done", 1.0)]),
        empty_html(EVIL, EVIL, action=EVIL, href="/x"),
        problem_html(EVIL, EVIL, reference=EVIL, action=EVIL, href=EVIL),
        kpi_html(EVIL, EVIL, EVIL),
        link_html(EVIL, "/" + EVIL),
        plan_card_html(Plan({"month": Price(100)}, code=EVIL, name=EVIL, summary=EVIL, features=[EVIL])),
        errors.html(404, reference=EVIL, home="/" + EVIL),
        public_document(EVIL, ""),
    ],
)
def test_words_of_others_never_become_html(html: str) -> None:
    assert "<img" not in html
    assert 'onerror=alert(1)>"' not in html


def test_a_link_leads_to_addresses_only() -> None:
    assert 'href="#"' in link_html("x", "javascript:alert(1)")
    assert 'href="https://a.example/?q=1&amp;r=2"' in link_html("x", "https://a.example/?q=1&r=2")


def test_every_step_says_its_state_in_words_and_only_measured_times() -> None:
    html = steps_html([Step("A", "done", 0.19), Step("B", "running"), Step("C", "failed"), Step("D", "todo")])
    lines = re.findall(r"<li.*?</li>", html)
    assert [re.search(r'class="out">, ([^<]+)', line)[1] for line in lines] == [  # type: ignore[index]
        "hecho", "en curso", "falló", "pendiente",
    ]  # fmt: skip
    assert "0,19\xa0s" in lines[0]
    assert all("<time></time>" in line for line in lines[1:])


def test_a_state_nobody_named_is_shown_as_it_is() -> None:
    assert words("trialing", "subscription") == ("trialing", "")
    assert cell("broken") == {"word": "Con fallo", "tone": "bad"}
    assert words("running", "job") != words("running", "tenant")


def test_a_line_of_figures_stays_in_its_box() -> None:
    assert spark_html([1]) == ""
    points = re.findall(r"([\d.]+),([\d.]+)", spark_html([5, 5, -3, 100])[40:])
    assert all(0 <= float(x) <= 120 and 0 <= float(y) <= 32 for x, y in points)
    assert spark_html([2, 2])  # a flat line divides by nothing


def test_months_free_are_whole_and_never_negative() -> None:
    assert months_free(Plan({"month": Price(5900), "year": Price(59000)})) == 2
    assert months_free(Plan({"month": Price(5900), "year": Price(68000)})) == 0
    assert months_free(Plan({"month": Price(5900), "year": Price(80000)})) == 0
    assert months_free(Plan({"month": Price(5900)})) == 0


def test_a_plan_card_shows_both_prices_and_leads_to_each() -> None:
    html = plan_card_html(Plan({"month": Price(5900), "year": Price(59000)}))
    assert "US$\xa059,00" in html
    assert "US$\xa0590,00" in html
    assert "/signup?plan=pyme&amp;interval=month" in html
    assert "/signup?plan=pyme&amp;interval=year" in html


def test_the_sheet_names_no_colour_but_the_tokens() -> None:
    rules = (Path(tokens.__file__).parent / "style.css").read_text()
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rules)
    used = set(re.findall(r"var\(--([a-z0-9-]+)", rules))
    defined = set(tokens.LIGHT) | {"text", "mono", "r", "r-s", "gap"}
    assert used <= defined
    assert set(tokens.DARK) <= set(tokens.LIGHT)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [tokens.LIGHT, {**tokens.LIGHT, **tokens.DARK}], ids=["light", "dark"])
def test_text_can_be_read_on_what_it_stands_on(scheme: dict[str, str]) -> None:
    surfaces = ("page", "surface", "sunken")
    pairs = [(ink, on) for ink in ("ink", "ink-2", "ink-3", "brand", "bad", "ok") for on in surfaces]
    pairs += [(tone, f"{tone}-soft") for tone in ("ok", "warn", "bad", "info", "brand")]
    pairs += [("ink-2", f"{tone}-soft") for tone in ("ok", "warn", "bad", "info")]
    pairs += [("on-brand", "brand"), ("on-brand", "brand-hover"), ("term-ink", "term"), ("term-dim", "term")]
    weak = {pair: contrast(scheme[pair[0]], scheme[pair[1]]) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 4.5} == {}
    assert contrast(scheme["field"], scheme["surface"]) >= 3


async def test_while_a_question_is_on_its_way_only_the_newest_waits() -> None:
    asked: list[str] = []
    told: list[str] = []
    began, gate = threading.Event(), threading.Event()

    def question(name: str) -> str:
        asked.append(name)
        began.set()
        gate.wait(5)
        return name

    latest: Latest[str] = Latest(question, told.append)
    first = asyncio.create_task(latest.ask("a"))
    await asyncio.to_thread(began.wait, 5)
    for name in ("b", "c", "d"):
        await latest.ask(name)
    gate.set()
    await first
    assert asked == ["a", "d"]
    assert told == ["d"]  # the answer to "a" was old when it came


async def test_an_error_does_not_silence_the_next_question() -> None:
    told: list[str] = []

    def question(name: str) -> str:
        if name == "bad":
            raise ValueError(name)
        return name

    latest: Latest[str] = Latest(question, told.append)
    with pytest.raises(ValueError, match="bad"):
        await latest.ask("bad")
    await latest.ask("good")
    assert told == ["good"]
