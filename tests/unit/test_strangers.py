"""What strangers may send is read without a crash, whatever it is: hypothesis on every parser that faces them."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from domain import api_keys, emails, hook_addresses, secret_box, stripe_gateway, subdomains, tax_ids
from domain import settings as configuration
from domain.errors import AltaError
from provisioning.lines import Splitter
from ui import auth, bearer, cookies

TEXT = st.text(max_size=300)
ODD = st.one_of(TEXT, st.text(alphabet="\0\r\n\t\\/.:@[]{}%\"'<>-_=+;,é😀٠", max_size=60), st.binary(max_size=200).map(
    lambda raw: raw.decode("latin-1")
))  # fmt: skip
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", "unas-palabras-de-pruebas-bastante-largas")
    monkeypatch.setenv("SECRETS_KEY", "otras-palabras-de-pruebas-bastante-largas")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_pruebas0123456789abcdef")
    configuration.settings.cache_clear()


def _connection(**headers: str) -> HTTPConnection:
    raw = [(name.encode(), value.encode("utf-8", "replace")) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw, "path": "/", "state": {"visitor": "v" * 32}})


@MANY
@given(ODD)
def test_subdomains(value: str) -> None:
    found = subdomains.problem(subdomains.normalise(value))
    assert found is None or found.message


@MANY
@given(ODD)
def test_addresses_of_people(value: str) -> None:
    assert emails.problem(emails.canonical(value)) is None or emails.problem(emails.canonical(value))


@MANY
@given(ODD, st.sampled_from(["DO", "ES", "MX", "AR", "ZZ", ""]))
def test_tax_ids(value: str, country: str) -> None:
    found = tax_ids.problem(country, value)
    assert found is None or found.message


@MANY
@given(ODD)
def test_paths_to_go_on_to_stay_here(value: str) -> None:
    path = auth.safe_path(value)
    assert path is None or (path.startswith("/") and not path.startswith(("//", "/\\")))


@MANY
@given(ODD)
def test_cookies(value: str) -> None:
    assert cookies.session_id(_connection(cookie=f"alta_session={value}")) is None
    assert not cookies.csrf_good(_connection(), value)


@MANY
@given(ODD)
def test_tokens_and_keys(value: str) -> None:
    assert bearer.claims_of(value) is None
    assert not api_keys.looks_right(value)
    with pytest.raises(secret_box.Unreadable):
        secret_box.unseal(value, "x")


@MANY
@given(ODD)
def test_addresses_of_programs(value: str) -> None:
    found = hook_addresses.problem(value)
    assert found is None or found[1]


@MANY
@given(st.one_of(st.binary(max_size=400), st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
).map(lambda value: json.dumps(value).encode())), ODD)  # fmt: skip
def test_webhook_bodies(body: bytes, signature: str) -> None:
    with pytest.raises(AltaError):
        stripe_gateway.verify(body, signature)


OUTPUT = st.lists(
    st.one_of(
        st.binary(max_size=80),
        st.sampled_from([b"::step ", b"::result ", b"::progress ", b"\n", b"\r\n", b"{", b"}", b"99", b"\xff", b"\0"]),
    ),
    max_size=30,
)


@MANY
@given(OUTPUT)
def test_output_of_nodes_reads_the_same_however_it_is_cut(chunks: list[bytes]) -> None:
    whole, cut = Splitter(), Splitter()
    expected = whole.feed(b"".join(chunks)) + whole.rest()
    found = [piece for chunk in chunks for piece in cut.feed(chunk)] + cut.rest()
    assert found == expected
    assert [piece.start for piece in found[1:]] == [piece.end for piece in found[:-1]]
