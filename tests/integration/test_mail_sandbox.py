"""The mail catcher: what is sent arrives, is shown harmlessly, survives, and can be refused."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from domain.sandbox.mail import MailCatcher


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    started = MailCatcher().start()
    yield started
    started.stop()


def _letter(to: str = "ana@panaderia.es", subject: str = "Tu Odoo está listo") -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Alta <hola@alta.localhost>", to, subject
    letter.set_content("Entra aquí: http://panaderia.localhost/web?a=1&b=2.\n")
    letter.add_alternative("<p>Entra <a href='http://panaderia.localhost/web'>aquí</a></p><script>1</script>", "html")
    return letter


def _send(catcher: MailCatcher, letter: EmailMessage, to: list[str] | None = None) -> None:
    address = urlsplit(catcher.smtp_url)
    with smtplib.SMTP(str(address.hostname), int(address.port or 0)) as server:
        server.send_message(letter, to_addrs=to)


def test_a_letter_arrives_with_both_its_bodies(catcher: MailCatcher) -> None:
    _send(catcher, _letter())
    [found] = catcher.messages()
    assert set(found) == {"id", "to", "from", "subject", "date", "text", "html"}
    assert (found["to"], found["from"]) == ("ana@panaderia.es", "Alta <hola@alta.localhost>")
    assert found["subject"] == "Tu Odoo está listo"
    assert "http://panaderia.localhost/web?a=1&b=2" in found["text"]
    assert "<a href=" in found["html"]
    assert found["date"]


def test_letters_are_found_by_whom_they_are_for_and_thrown_away(catcher: MailCatcher) -> None:
    _send(catcher, _letter())
    _send(catcher, _letter(), to=["luis@b.es", "Blind@b.es"])
    assert [m["to"] for m in catcher.messages("blind@b.es")] == ["luis@b.es, Blind@b.es"]
    assert len(catcher.wait(count=2)) == 2
    with pytest.raises(TimeoutError):
        catcher.wait("nobody@b.es", seconds=0.1)
    catcher.clear()
    assert catcher.messages() == []


def test_the_inbox_shows_text_with_links_and_html_that_cannot_run(catcher: MailCatcher) -> None:
    _send(catcher, _letter(subject="<b>Hola</b>"))
    listed = httpx.get(catcher.url, trust_env=False).text
    assert "&lt;b&gt;Hola&lt;/b&gt;" in listed
    assert "<b>Hola" not in listed
    shown = httpx.get(f"{catcher.url}/messages/1", trust_env=False).text
    assert '<a href="http://panaderia.localhost/web?a=1&amp;b=2" target="_blank"' in shown
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
    inner = httpx.get(f"{catcher.url}/messages/1/html", trust_env=False)
    assert inner.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert httpx.get(f"{catcher.url}/messages/99", trust_env=False).status_code == 404


def test_the_next_letters_can_be_refused_for_now(catcher: MailCatcher) -> None:
    catcher.reject(1)
    with pytest.raises(smtplib.SMTPDataError) as raised:
        _send(catcher, _letter())
    assert raised.value.smtp_code == 451
    _send(catcher, _letter())
    assert len(catcher.messages()) == 1


def test_letters_survive_a_restart_at_the_same_addresses(tmp_path: Path) -> None:
    first = MailCatcher(tmp_path / "mail.sqlite3").start()
    _send(first, _letter())
    first.stop()
    second = MailCatcher(tmp_path / "mail.sqlite3").start()
    try:
        _send(second, _letter(subject="Otra"))
        assert [m["id"] for m in second.messages()] == ["1", "2"]
        assert (second.url, second.smtp_url) == (first.url, first.smtp_url)
    finally:
        second.stop()


def test_a_letter_in_broken_bytes_is_still_taken(catcher: MailCatcher) -> None:
    address = urlsplit(catcher.smtp_url)
    with smtplib.SMTP(str(address.hostname), int(address.port or 0)) as server:
        server.sendmail("a@b.es", ["c@d.es"], b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe roto\r\n")
    [found] = catcher.messages()
    assert "roto" in found["text"]
