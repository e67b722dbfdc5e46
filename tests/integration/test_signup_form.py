"""The form judged whole, the catalogue, availability and drafts: on a real database, Stripe not needed."""

import pytest

from domain import database, order_form, plans, publishing, signup, subdomains
from domain.models import Customer, Plan, Price, SignupDraft, Tenant
from domain.models.base import now
from tests.integration.signup_stand import form, rows


@pytest.fixture(autouse=True)
def catalogue(configured: str) -> None:
    """The default plans."""
    with database.transaction() as session:
        assert plans.install_default(session) == 3


def hold(*names: str) -> None:
    """Somebody has these names."""
    with database.transaction() as session:
        customer = Customer(company="Otra", full_name="Otro", email="otro@x.do", country="DO")
        session.add(customer)
        session.flush()
        session.add_all([Tenant(customer_id=customer.id or 0, subdomain=name) for name in names])


def codes(**changes: object) -> dict[str, str]:
    return {fault.field: fault.code for fault in signup.problems(form(**changes))}


def test_the_catalogue_is_installed_once_and_in_its_order() -> None:
    with database.transaction() as session:
        assert plans.install_default(session) == 0
    views = plans.catalogue()
    assert [(view.code, view.prices["month"].amount_cents, view.prices["year"].amount_cents) for view in views] == [
        ("basico", 2_900, 29_000),
        ("pyme", 5_900, 59_000),
        ("empresa", 14_900, 149_000),
    ]
    assert [view.highlighted for view in views] == [False, True, False]
    assert [view.code for view in plans.extras()] == ["espacio", "copia"]
    assert len({row.lookup_key for row in rows(Price)}) == 10
    assert not publishing.published()


def test_a_plan_that_is_hidden_is_not_sold() -> None:
    with database.transaction() as session:
        plan = session.get_one(Plan, 1)
        plan.visible = False
        session.add(plan)
        assert plans.offered(session, "basico", "month") is None
        assert plans.offered(session, "pyme", "year") is not None
        assert plans.offered(session, "pyme", "week") is None


def test_a_good_form_has_no_problem_and_is_kept_clean() -> None:
    given = form(company="  Panaderi\u0301a Sol ", subdomain="Panadería Sol", country="do", email="M@SOL.DO ")
    assert signup.problems(given) == []
    kept = order_form.clean(given)
    assert (kept.company, kept.subdomain, kept.country, kept.email) == (
        "Panadería Sol",
        "panaderia-sol",
        "DO",
        "M@sol.do",
    )
    assert kept.tax_id == "131246796"
    assert order_form.clean(kept) == kept
    assert order_form.fingerprint(kept) == order_form.fingerprint(order_form.clean(form(
        company="Panadería Sol", email="M@sol.do", tax_id="131246796")))  # fmt: skip


def test_an_empty_form_hears_everything_at_once() -> None:
    found = signup.problems(signup.OrderForm())
    assert [fault.field for fault in found] == [
        "company", "full_name", "email", "subdomain", "plan", "country", "accept_terms",
    ]  # fmt: skip
    assert {fault.code for fault in found} == {"required"}
    assert all(fault.message.endswith(".") for fault in found)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("company", "x" * 121, "too_long"),
        ("company", "x", "too_short"),
        ("company", "Sol\x00", "control"),
        ("company", "Sol\nBcc: a@b.c", "control"),
        ("company", "Sol \u202elos", "control"),
        ("company", "Sol \ud83d", "control"),
        ("company", "😀😀😀", "no_letters"),
        ("full_name", "\u2028Ana", "control"),
        ("email", "marta", "no_at"),
        ("subdomain", "www", "reserved"),
        ("subdomain", "раnaderia", "homograph"),
        ("plan", "gratis", "unknown"),
        ("interval", "week", "unknown"),
        ("country", "XX", "unknown"),
        ("country", "Dominicana", "unknown"),
        ("tax_id", "1-31-24679-7", "checksum"),
        ("tax_id", "1\x00", "control"),
        ("accept_terms", False, "required"),
    ],
)
def test_each_fault_is_beside_its_field(field: str, value: object, code: str) -> None:
    assert codes(**{field: value}) == {field: code}


@pytest.mark.parametrize(
    "company", ['Sol "La Buena"', "O'Brien & $(reboot)", "Café 😀 S.A.", "--help", "<b>Sol</b>", "株式会社"]
)
def test_a_company_may_be_called_anything_that_can_be_written(company: str) -> None:
    assert codes(company=company) == {}


def test_offered_countries_come_first() -> None:
    listed = [code for code, _ in signup.countries()]
    assert set(listed[:10]) == set(signup.OFFERED)
    assert len(listed) == 249
    assert len(set(listed)) == 249


def test_a_name_is_free_taken_reserved_or_invalid() -> None:
    hold("panaderia-sol")
    assert signup.availability("Otra Panadería").state == "free"
    assert signup.availability("www").state == "reserved"
    assert signup.availability("a--b").state == "invalid"
    taken = signup.availability("Panadería Sol", country="DO")
    assert (taken.name, taken.state) == ("panaderia-sol", "taken")
    assert taken.proposals == ["panaderia-sol-rd", "panaderiasol", "sol-panaderia"]


def test_proposals_are_really_free_and_never_run_out() -> None:
    hold("sol", "sol-rd", "sol-erp", "mi-sol", "sol-online", "sol-oficial", *(f"sol-{n}" for n in range(2, 20)))
    assert signup.availability("sol", country="DO").proposals == ["sol-20", "sol-21", "sol-22"]
    long = "a" * 31
    hold(long)
    for proposal in signup.availability(long).proposals:
        assert subdomains.problem(proposal) is None


def test_a_released_name_is_free_again() -> None:
    hold("sol")
    with database.transaction() as session:
        tenant = session.get_one(Tenant, 1)
        tenant.released_at = now()
        session.add(tenant)
    assert signup.availability("sol").state == "free"


def test_a_draft_keeps_what_fits_and_only_that() -> None:
    draft = {"company": "Sol 😀", "accept_terms": True, "touched": True, "order_key": "k1"}
    signup.save_draft(
        "v1", {**draft, "evil": "x", "email": "x" * 301, "plan": "a\x00", "country": 7, "tax_id": "\ud83d"}
    )
    assert signup.load_draft("v1") == draft
    signup.save_draft("v1", {"company": "Luna"})
    assert signup.load_draft("v1") == {"company": "Luna"}
    assert signup.load_draft("v2") == {}
    assert len(rows_of_drafts()) == 1


def rows_of_drafts() -> list[SignupDraft]:
    with database.reading() as session:
        return [draft for draft in [session.get(SignupDraft, "v1"), session.get(SignupDraft, "v2")] if draft]
