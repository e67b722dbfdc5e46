"""What is sold: edited, priced by country, tried before it is paid, kept in a file, and the same at Stripe."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import select

from domain import catalogue_editor, catalogue_files, database, formats, plans, publishing, signup
from domain.catalogue_editor import PlanForm
from domain.errors import Conflict, Invalid, NotFound
from domain.models import Price, Subscription
from tests.browser.orders import form
from tests.integration import billing_stand as stand
from tests.integration.billing_stand import Till

PYME = PlanForm("pyme-dos", "Pyme", "Para un equipo", ("15 personas",), prices={("USD", "month"): 5900})


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with stand.open_till(monkeypatch) as opened:
        yield opened


def prices(code: str) -> dict[str, bool]:
    with database.reading() as session:
        rows = session.exec(select(Price).where(Price.lookup_key.startswith(f"alta_{code}_"))).all()
        return {row.lookup_key.removeprefix(f"alta_{code}_"): row.active for row in rows}


def test_a_changed_amount_is_another_price_and_the_old_one_stays_for_those_who_pay_it(till: Till) -> None:
    assert catalogue_editor.save(PYME, by="admin", creating=True) == 1
    publishing.publish()
    (old,) = till.v1.prices.list({"lookup_keys": ["alta_pyme-dos_month_usd_5900"]}).data
    dearer = replace(PYME, prices={("USD", "month"): 6900, ("USD", "year"): 69_000})
    assert catalogue_editor.save(dearer, by="admin") == 2
    assert catalogue_editor.save(dearer, by="admin") == 0
    assert prices("pyme-dos") == {"month_usd_5900": False, "month_usd_6900": True, "year_usd_69000": True}
    publishing.publish()
    assert not till.v1.prices.retrieve(old.id).active
    assert catalogue_editor.save(PYME, by="admin") == 0, "back to the amount it had: the same price"
    publishing.publish()
    assert till.v1.prices.retrieve(old.id).active


def test_what_stripe_has_otherwise_is_shown_and_put_right(till: Till) -> None:
    catalogue_editor.save(PYME, by="admin", creating=True)
    assert [one.words for one in publishing.differences() if one.plan == "pyme-dos"] == [
        "Stripe aún no conoce el precio de US$ 59,00 (month).".replace("$ ", "$\u00a0")
    ]
    publishing.publish()
    assert publishing.differences() == []
    entry = till.v1.prices.list({"lookup_keys": ["alta_pyme-dos_month_usd_5900"]}).data[0]
    till.v1.prices.update(entry.id, {"active": False})
    till.v1.products.update("alta_pyme-dos", {"name": "Otro nombre"})
    said = [one.words for one in publishing.differences()]
    assert any("archivado" in words for words in said)
    assert any("«Otro nombre»" in words for words in said)
    publishing.publish()
    assert publishing.differences() == []
    assert till.v1.prices.retrieve(entry.id).active, "who pays it must not be on a price that we do not know"


def test_each_country_sees_its_money_where_we_sell_in_it(till: Till) -> None:
    both = {("USD", "month"): 5900, ("DOP", "month"): 350_000, ("CLP", "month"): 55_000}
    catalogue_editor.save(replace(PYME, prices=both), by="admin", creating=True)
    seen = {
        country: next(one for one in plans.catalogue(country) if one.code == "pyme-dos").prices["month"]
        for country in ("DO", "CL", "MX", "")
    }
    assert {name: (one.amount_cents, one.currency) for name, one in seen.items()} == {
        "DO": (350_000, "DOP"),
        "CL": (55_000, "CLP"),
        "MX": (5900, "USD"),
        "": (5900, "USD"),
    }
    publishing.publish()
    placed = signup.place(form(plan="pyme-dos", country="CL", tax_id=""), "form:chile")
    session = till.v1.checkout.sessions.retrieve(placed.checkout_session_id)
    assert (session.currency, session.amount_total) == ("clp", 55_000)
    assert formats.money(55_000, "CLP", "CL") == "$\u00a055.000"


def test_a_trial_is_paid_later_and_given_once(till: Till) -> None:
    catalogue_editor.save(replace(PYME, trial_days=14), by="admin", creating=True)
    publishing.publish()
    first = signup.place(form(plan="pyme-dos", email="marta@sol.do"), "form:uno")
    opened = till.v1.checkout.sessions.retrieve(first.checkout_session_id)
    assert opened.amount_total == 0
    with database.reading() as session:
        query = select(Subscription).where(Subscription.checkout_session_id == first.checkout_session_id)
        order = session.exec(query).one()
    till.pay(order)
    till.take(till.event(order, "checkout.session.completed"))
    assert stand.subscription(order).status == "active"
    assert stand.subscription(order).stripe_status == "trialing"
    assert stand.jobs(order) == ["create_tenant"]
    again = signup.place(form(plan="pyme-dos", email="Marta@sol.do"), "form:dos")
    assert till.v1.checkout.sessions.retrieve(again.checkout_session_id).amount_total == 5900


def test_a_file_says_all_and_is_taken_whole_or_not_at_all(till: Till) -> None:
    catalogue_editor.save(
        replace(PYME, prices={("USD", "month"): 5900, ("CLP", "year"): 590_000}), by="a", creating=True
    )
    written = catalogue_files.export()
    assert "month: '59.00'" in written
    assert "year: '590000'" in written
    assert catalogue_files.load(written, by="cli") == []
    changed = written.replace("'59.00'", "'69.50'").replace("summary: Para un equipo", "summary: Para dos")
    assert catalogue_files.load(changed, by="cli") == ["pyme-dos: cambió, 1 precios nuevos"]
    for broken, field in (
        ("plans: [", "plans"),
        (written.replace("'59.00'", "59.0"), "prices"),
        (written.replace("'59.00'", "'59,9x'"), "pyme-dos.prices.USD.month"),
        (written.replace("USD:", "XBT:"), "prices"),
        (written.replace("trial_days: 0", "trial_days: 4000"), "trial_days"),
        (written + written.partition("plans:")[2], "twice"),
        (written.replace("limits: {}", "limits: {cpu: 3}"), "limits"),
    ):
        with pytest.raises(Invalid) as caught:
            catalogue_files.load(broken, by="cli")
        assert any(field in f"{one.field} {one.code}" for one in caught.value.problems), broken
    only = "plans:\n- code: solo\n  name: Solo\n  prices: {USD: {month: '10'}}\n"
    assert catalogue_files.load(only, by="cli")[0] == "solo: nuevo, 1 precios nuevos"
    assert [one.code for one in plans.catalogue()] == ["solo"]


def test_bad_plans_are_refused_with_a_sentence_a_field(till: Till) -> None:
    bad = PlanForm(
        "Mal Código", "", "x" * 300, ("y" * 300,), trial_days=-1, staging_copies=99, blueprint="nada",
        limits={"users": -4}, prices={("XXX", "month"): 5},
    )  # fmt: skip
    assert {one.field for one in catalogue_editor.problems(bad)} == {
        "code", "name", "summary", "features", "trial_days", "staging_copies", "blueprint", "limits", "prices",
    }  # fmt: skip
    for amount in (0, -5, 10**9):
        assert catalogue_editor.problems(replace(PYME, prices={("USD", "month"): amount}))
    with pytest.raises(NotFound):
        catalogue_editor.save(PYME, by="admin")
    catalogue_editor.save(PYME, by="admin", creating=True)
    with pytest.raises(Conflict):
        catalogue_editor.save(PYME, by="admin", creating=True)


def test_plans_are_moved_hidden_and_deleted_only_where_nobody_has_them(till: Till) -> None:
    catalogue_editor.save(PYME, by="admin", creating=True)
    assert [one.form.code for one in catalogue_editor.entries()] == ["pyme", "pyme-dos"]
    catalogue_editor.move("pyme-dos", -1, by="admin")
    assert [one.form.code for one in catalogue_editor.entries()] == ["pyme-dos", "pyme"]
    catalogue_editor.save(replace(PYME, visible=False), by="admin")
    assert "pyme-dos" not in [one.code for one in plans.catalogue()]
    till.active()
    assert catalogue_editor.entry("pyme").subscribers == 1
    with pytest.raises(Conflict):
        catalogue_editor.remove("pyme", by="admin")
    catalogue_editor.remove("pyme-dos", by="admin")
    with pytest.raises(NotFound):
        catalogue_editor.entry("pyme-dos")
