"""One click into Odoo on the node's side: the key gets there, and the door opens once, for the right database."""

from collections.abc import Iterator

import httpx
import pytest

from domain import access_tokens
from domain.settings import settings
from provisioning import commands, facts
from provisioning.facts import BadAnswer
from tests.conftest import SECRETS
from tests.integration.node_stand import Stand, fresh, healthy_stand, running_sandbox  # noqa: F401 - fixtures

OTHERS = f"abcdef0123456789 {'A' * 43} panel.example:8443"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("JWT_SECRET_KEY", SECRETS["JWT_SECRET_KEY"])
    settings.cache_clear()
    yield
    settings.cache_clear()


async def entered(stand: Stand, sub: str, token: str) -> httpx.Response:
    return stand.page(sub, "/alta/enter", token=token)


async def test_one_click_opens_the_odoo_once(stand: Stand) -> None:
    sub, other = fresh(), fresh()
    for name in (sub, other):
        code, output = await stand.create(fresh("j"), name)
        assert (code, '"one_click": true' in output) == (0, True)
    await facts.give_access_key(stand.host, access_tokens.public_line())
    token = access_tokens.sign(sub, "MARTA@sol.do", "owner")
    assert f"no para {other}" in (await entered(stand, other, token)).text
    page = await entered(stand, sub, token)
    assert (page.status_code, "Has entrado como marta@sol.do" in page.text) == (200, True)
    again = await entered(stand, sub, token)
    assert (again.status_code, "ya se usó" in again.text) == (403, True)
    used = await facts.usage(stand.host, sub)
    assert used.one_click
    assert used.last_login is not None
    assert used.last_login.tzinfo is not None


async def test_who_comes_in_is_who_the_token_says(stand: Stand) -> None:
    sub = fresh()
    await stand.create(fresh("j"), sub)
    await facts.give_access_key(stand.host, access_tokens.public_line())
    stranger = await entered(stand, sub, access_tokens.sign(sub, "luis@sol.do", "member"))
    assert "no hay un usuario activo con el correo luis@sol.do" in stranger.text
    owner = await entered(stand, sub, access_tokens.sign(sub, "luis@sol.do", "owner"))
    assert "Has entrado como marta@sol.do" in owner.text
    support = await entered(stand, sub, access_tokens.sign(sub, "ana", "staff", staff="ana@alta.do", until=2**33))
    assert "Sesión de soporte de ana@alta.do" in support.text
    assert stand.rows("select count(*), count(staff) from alta_access_entry", database=sub) == [(2, 1)]


async def test_a_neutralised_copy_takes_only_its_own_tokens(stand: Stand) -> None:
    sub = fresh()
    await stand.create(fresh("j"), sub)
    await facts.give_access_key(stand.host, access_tokens.public_line())
    stand.rows("insert into ir_config_parameter (key, value) values ('database.is_neutralized', 'true')", database=sub)
    assert "copia de pruebas" in (await entered(stand, sub, access_tokens.sign(sub, "marta@sol.do", "owner"))).text
    page = await entered(stand, sub, access_tokens.sign(sub, "marta@sol.do", "owner", copy=True))
    assert page.status_code == 200


async def test_a_panel_changes_its_own_key_and_no_other_panels(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    await facts.give_access_key(stand.host, OTHERS)
    await facts.give_access_key(stand.host, access_tokens.public_line())
    before = access_tokens.key_id()
    monkeypatch.setenv("JWT_SECRET_KEY", "otras-palabras-de-pruebas-bastante-largas")
    settings.cache_clear()
    await facts.give_access_key(stand.host, access_tokens.public_line())
    await facts.give_access_key(stand.host, access_tokens.public_line())
    known = (await facts.health(stand.host)).access_keys
    assert known == (access_tokens.key_id(), OTHERS.split(maxsplit=1)[0])
    assert before not in known
    file = stand.state / "etc" / "access.pub"
    assert file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "line", ["", "x", f"kid1 {'A' * 42} p", f"kid1 {'A' * 43}", f"kid1 {'A' * 43} p; reboot", f"k$(id) {'A' * 43} p",
             f"kid1 {'A' * 43} p\nkid2 {'A' * 43} q", "z" * 5000],
)  # fmt: skip
async def test_what_is_no_key_is_not_taken(stand: Stand, line: str) -> None:
    await facts.give_access_key(stand.host, OTHERS)
    before = (stand.state / "etc" / "access.pub").read_text()
    if "\n" in line:  # only its first line is read
        await facts.give_access_key(stand.host, line)
        assert "kid2" not in (stand.state / "etc" / "access.pub").read_text()
        return
    with pytest.raises(BadAnswer, match="65"):
        await facts.give_access_key(stand.host, line)
    assert (stand.state / "etc" / "access.pub").read_text() == before


def test_the_verb_is_five_words() -> None:
    assert commands.access_key(105) == ["pct", "exec", "105", "--", "/opt/alta/bin/access_key.sh"]
