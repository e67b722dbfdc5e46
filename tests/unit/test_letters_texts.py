"""What letters say, and what a stranger's name cannot make them do."""

import dataclasses
import html.parser
import re

import pytest

from domain import letter_texts, mail
from domain.letter_frame import Facts

FACTS = Facts(
    operator="Alta",
    operator_email="hola@alta.example",
    app_url="https://alta.example",
    name="Marta Jiménez",
    login="marta@sol.do",
    company="Panadería Sol",
    odoo_url="https://sol.alta.example",
    password_url="https://alta.example/password?token=abc",
    owed="RD$ 2,900.00",
    pay_url="https://alta.example/i/1",
    suspend_on="3 de diciembre de 2026",
    end_on="26 de diciembre de 2026",
    amount="RD$ 590.00",
    on_day="9 de enero de 2027",
    invoice_number="A-0007",
    document_url="https://alta.example/i/7",
    card="Visa terminada en 4242",
    enter_url="https://alta.example/login/link?token=abc",
    notice="Ya no se pide un código.",
)
EVIL = '<script>alert(1)</script>"><img src=x onerror=1>\r\nBcc: otra@mala.example\r\n\r\nhola'


class Tags(html.parser.HTMLParser):
    """Collects tags, links and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name == "href"]


def test_the_welcome_carries_both_links_in_text_and_in_html() -> None:
    words = letter_texts.render("welcome", FACTS)
    assert words.subject == "El Odoo de Panadería Sol está listo"
    assert Tags(words.html).links == ["https://sol.alta.example", "https://alta.example/password?token=abc"]
    assert "Entrar a tu Odoo: https://sol.alta.example" in words.text
    assert "Crea tu contraseña: https://alta.example/password?token=abc" in words.text
    assert words.text.startswith("Hola, Marta:")


@pytest.mark.parametrize("kind", ["payment_failed", "payment_reminder", "suspended", "last_call"])
def test_letters_about_a_debt_say_the_amount_the_day_and_where_to_pay(kind: str) -> None:
    words = letter_texts.render(kind, FACTS)
    assert "RD$ 2,900.00" in words.text
    assert "de diciembre de 2026" in words.text
    assert Tags(words.html).links[0] == "https://alta.example/i/1"


def test_who_has_a_password_is_not_asked_for_one() -> None:
    words = letter_texts.render("welcome", dataclasses.replace(FACTS, password_url=None))
    assert "password" not in words.text
    assert "la contraseña que ya tienes" in words.text


@pytest.mark.parametrize("kind", list(letter_texts.KINDS))
def test_no_letter_says_our_words_or_shouts(kind: str) -> None:
    text = re.sub(r"https?://\S+", "", letter_texts.render(kind, FACTS).text.lower())
    assert not any(word in text for word in ("tenant", "job", "webhook", "!", "¡", "none"))


@pytest.mark.parametrize("kind", list(letter_texts.KINDS))
def test_names_are_text_and_never_markup_or_headers(kind: str) -> None:
    words = letter_texts.render(kind, dataclasses.replace(FACTS, company=EVIL, name=EVIL, login=EVIL))
    assert set(Tags(words.html).tags) <= {"html", "head", "meta", "title", "body", "div", "p", "a", "br"}
    message = mail.compose("marta@sol.do", words.subject, words.text, words.html, reference="1")
    assert message["Bcc"] is None
    assert "\n" not in words.subject
    assert b"\nBcc:" not in message.as_bytes().split(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "address", ["a@b.co\r\nBcc: c@d.co", "sin-arroba", "", "a@b.co, c@d.co", "Ana <a@b.co>", "a@b.co\0"]
)
def test_what_is_no_single_address_is_refused(address: str) -> None:
    with pytest.raises(mail.Refused):
        mail.compose(address, "Hola", "texto", "<p>texto</p>", reference="1")


def test_a_letter_keeps_its_name_at_every_try() -> None:
    first = mail.compose("a@b.co", "Hola", "t", "<p>t</p>", reference="7")
    assert first["Message-ID"] == mail.compose("a@b.co", "Hola", "t", "<p>t</p>", reference="7")["Message-ID"]
