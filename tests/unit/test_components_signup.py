"""What the sign-up begins with, how countries are found, what `/success` says."""

from typing import Any

import pytest

from domain.plans import PlanView, PriceView
from domain.progress import Progress, ProgressStep
from ui.pages.public import countries, success_words
from ui.pages.public.signup_start import begin


def plan(code: str, *intervals: str, highlighted: bool = False) -> PlanView:
    prices = {each: PriceView(1, 100, "USD", code + each, each) for each in intervals}
    return PlanView(code, code.title(), "", [], highlighted, prices)


SOLD = [plan("basico", "month", "year"), plan("pyme", "month", "year", highlighted=True), plan("unico", "year")]


def test_the_usual_plan_is_the_highlighted_one_by_the_month() -> None:
    start = begin({}, {}, "DO", SOLD)
    assert (start.plan, start.interval, start.country, start.touched) == ("pyme", "month", "DO", False)
    assert start.order_key.startswith("form:")


def test_a_link_wins_over_the_draft_and_the_draft_over_what_is_usual() -> None:
    draft: dict[str, Any] = {
        "plan": "basico",
        "interval": "year",
        "country": "MX",
        "order_key": "form:x",
        "company": "Sol",
    }
    assert (begin(draft, {}, "DO", SOLD).plan, begin(draft, {}, "DO", SOLD).country) == ("basico", "MX")
    start = begin(draft, {"plan": "pyme", "interval": "month", "subdomain": " Panadería Sol "}, "DO", SOLD)
    assert (start.plan, start.interval, start.company, start.order_key) == ("pyme", "month", "Sol", "form:x")
    assert start.touched
    assert start.subdomain.startswith("panader")


@pytest.mark.parametrize(
    "draft",
    [{"plan": 7}, {"plan": "no-existe"}, {"touched": "yes"}, {"company": None}, {"other": "x"}, {"country": []}],
)
def test_what_is_not_known_or_of_another_type_is_left_out(draft: dict[str, Any]) -> None:
    start = begin(draft, {"plan": "../..", "interval": "century"}, None, SOLD)
    assert (start.plan, start.interval, start.company, start.country, start.touched) == ("pyme", "month", "", "", False)


def test_a_plan_sold_by_the_year_only_is_by_the_year() -> None:
    assert begin({}, {"plan": "unico", "interval": "month"}, None, SOLD).interval == "year"


def test_a_country_is_found_without_its_accents() -> None:
    assert next(iter(countries.matching("mexico"))) == "MX"
    assert "PE" in countries.matching("PERU")
    assert "DO" in countries.matching("dominicana")
    assert set(countries.matching("zzzz", keep="DO")) == {"DO"}


@pytest.mark.parametrize(
    ("header", "country"),
    [("es-DO,es;q=0.9,en;q=0.8", "DO"), ("en-US,es-MX;q=0.5", "MX"), ("es", None), ("", None), ("x" * 999, None)],
)
def test_the_browser_tells_the_country_where_we_sell_most(header: str, country: str | None) -> None:
    assert countries.from_browser(header) == country


@pytest.mark.parametrize("state", ["unknown", "unpaid", "paying", "working", "waiting", "ready", "failed", "expired"])
def test_every_state_has_words_and_says_nothing_of_ours(state: Any) -> None:
    progress = Progress(
        state, subdomain="sol", url="https://sol.alta.example", email="<b>x@y.example", job_id=7,
        steps=[ProgressStep("Pago confirmado", "done")], password_needed=True,
    )  # fmt: skip
    said = success_words.words(progress)
    everything = f"{said.title} {said.text} {said.note_title} {said.note} {' '.join(door.words for door in said.doors)}"
    assert said.title
    assert "<b>x@" not in said.title + said.text
    assert not any(word in everything.lower() for word in ("tenant", "job", "webhook", "instancia", "!"))


def test_only_a_ready_odoo_has_a_door() -> None:
    def doors(state: Any) -> list[str]:
        return [door.words for door in success_words.words(Progress(state, url="https://sol.alta.example")).doors]

    assert "Entrar a tu Odoo" in doors("ready")
    assert all("Entrar a tu Odoo" not in doors(state) for state in ("unpaid", "paying", "working", "waiting", "failed"))
