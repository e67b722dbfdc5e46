"""The name's rules: what is mended, what is refused and with which words, what a company becomes."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import subdomains

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Panadería  Sol", "panaderia-sol"),
        ("  -Ñandú_Ltd- ", "nandu-ltd"),
        ("Ｐａｎ", "pan"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("abc\u200bdef", "abcdef"),
        ("sol - pan", "sol-pan"),
        ("a--b", "a--b"),
        ("e\u0301xito", "exito"),
        ("panaderia-sol.", "panaderia-sol"),
    ],
)
def test_harmless_typing_is_mended(typed: str, meant: str) -> None:
    assert subdomains.normalise(typed) == meant


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "required"),
        ("ab", "too_short"),
        ("a" * 32, "too_long"),
        ("a" * 70, "too_long"),
        ("1abc", "first_letter"),
        ("-abc", "first_letter"),
        ("abc-", "last_character"),
        ("a--b", "double_hyphen"),
        ("xn--80ak6aa92e", "idn"),
        ("аlta", "homograph"),
        ("оdoo", "homograph"),
        ("αlta", "homograph"),
        ("日本語", "characters"),
        ("casa😀", "characters"),
        ("sol'; drop", "characters"),
        ("$(reboot)", "characters"),
        ("pan\x00sol", "control"),
        ("pan\nsol", "control"),
        ("sol.alta", "dot"),
        ("www", "reserved"),
        ("postgres", "reserved"),
        ("template0", "reserved"),
    ],
)
def test_what_cannot_be_an_address_is_refused_with_a_sentence(name: str, code: str) -> None:
    found = subdomains.problem(name)
    assert found is not None
    assert (found.field, found.code) == ("subdomain", code)
    assert found.message.endswith(".")
    assert len(found.message) > 15


def test_a_look_alike_letter_is_named() -> None:
    found = subdomains.problem(subdomains.normalise("Аlta"))
    assert found is not None
    assert "«а»" in found.message
    assert "cirílica" in found.message


@pytest.mark.parametrize("name", ["abc", "a1b", "panaderia-sol", "a" * 31, "x-y-z"])
def test_good_names_have_no_problem(name: str) -> None:
    assert subdomains.problem(name) is None


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing_and_what_passes_is_safe(typed: str) -> None:
    name = subdomains.normalise(typed)
    assert subdomains.normalise(name) == name
    if subdomains.problem(name) is None:
        assert re.fullmatch(r"[a-z][a-z0-9-]{2,30}", name)
        assert not name.endswith("-")
        assert "--" not in name


@given(st.text(max_size=200))
def test_a_company_gives_a_good_name_or_none(company: str) -> None:
    name = subdomains.from_company(company)
    assert name == "" or subdomains.problem(name) is None


@pytest.mark.parametrize(
    ("company", "name"),
    [
        ("Panadería Sol, S.R.L.", "panaderia-sol"),
        ("Sol & Cía. S.A.", "sol"),
        ("ACME S.A. de C.V.", "acme"),
        ("Fundición Gómez SpA", "fundicion-gomez"),
        ("Hermanos Pérez y Cía", "hermanos-perez"),
        ("Café “El Niño” 😀 EIRL", "cafe-el-nino"),
        ("Casa C. por A.", "casa"),
        ("D'Lujo Ltda.", "dlujo"),
        ("Luz & Sal, S. L.", "luz-y-sal"),
        ("S.L.", ""),
        ("Odoo SA", ""),
        ("日本", ""),
        ("3 Hermanas", "hermanas"),
    ],
)
def test_the_name_follows_the_company_without_its_legal_form(company: str, name: str) -> None:
    assert subdomains.from_company(company) == name


def test_the_node_reserves_the_same_names() -> None:
    ours = (ROOT / "domain/reserved_names.txt").read_bytes()
    assert ours == (ROOT / "provisioning/node/reserved-names.txt").read_bytes()
    assert len(subdomains.reserved()) >= 60
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in subdomains.reserved())


def test_the_node_has_the_same_grammar() -> None:
    script = (ROOT / "provisioning/node/bin/lib.sh").read_text()
    assert "'^[a-z][a-z0-9-]{2,30}$'" in script
    assert "!= *- && $1 != *--*" in script
