"""E-mail addresses: what is one, what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import emails


@pytest.mark.parametrize(
    "address", ["ana@sol.do", "ana.ruiz+odoo@sol.com.do", "o'brien@x-y.ie", "ana@panadería.es", "a@xn--80ak6aa92e.com"]
)
def test_addresses_that_exist_pass(address: str) -> None:
    assert emails.problem(emails.canonical(address)) is None


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("ana", "no_at"),
        ("@sol.do", "name"),
        ("ana ruiz@sol.do", "name"),
        ("ana..ruiz@sol.do", "name"),
        (".ana@sol.do", "name"),
        ("añá@sol.do", "name"),
        ("ana\n@sol.do", "name"),
        ("ana\x00@sol.do", "name"),
        ('"<script>"@sol.do', "name"),
        ("a@b@sol.do", "name"),
        ("x" * 65 + "@sol.do", "name"),
        ("ana@", "domain"),
        ("ana@sol", "domain"),
        ("ana@sol..do", "domain"),
        ("ana@-sol.do", "domain"),
        ("ana@sol.do\nBcc: x@y.z", "name"),
        ("ana@sol.do\nBcc", "domain"),
        ("ana@127.0.0.1", "domain"),
        ("ana@sol do.es", "domain"),
        ("x" * 40 + "@" + "." * 64 + ".es", "domain"),
        ("x" * 40 + "@" + ".".join(["a" * 60] * 4) + ".es", "too_long"),
    ],
)
def test_what_is_not_an_address_says_where(address: str, code: str) -> None:
    found = emails.problem(address)
    assert found is not None
    assert found[0] == code


def test_the_domain_is_kept_in_ascii_and_lower_case() -> None:
    assert emails.canonical(" Marta.N@PanaderíaSol.ES ") == "Marta.N@xn--panaderasol-ucb.es"


@given(st.text(max_size=80))
def test_keeping_twice_changes_nothing(text: str) -> None:
    assert emails.canonical(emails.canonical(text)) == emails.canonical(text)
