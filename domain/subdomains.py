"""The name of a customer's Odoo: its grammar, what visitors may type for it, and free ones to propose.

The grammar is the node's too (`provisioning/node/bin/lib.sh`), and `reserved_names.txt` is a copy of the node's list.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from confusable_homoglyphs import categories, confusables  # type: ignore[import-untyped]
from sqlmodel import Session, col, select

from domain.errors import FieldProblem
from domain.models import Tenant

SHORTEST, LONGEST = 3, 31
GRAMMAR = re.compile(r"[a-z][a-z0-9-]{1,29}[a-z0-9]")

# Letters of Latin alphabets that do not come apart into a plain letter and an accent.
_PLAIN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_ALPHABETS = {
    "CYRILLIC": "cirílica",
    "GREEK": "griega",
    "ARMENIAN": "armenia",
    "HEBREW": "hebrea",
    "CHEROKEE": "cherokee",
}
# What a company is by law says nothing to its customers. Written with or without dots and spaces.
_LEGAL_FORMS = (
    "s r l", "s de r l de c v", "s de r l", "s a de c v", "s a c i f", "s a s", "s a c", "s a a", "s p a", "s a u",
    "s l u", "s l l", "s l", "s c a", "s c s", "s c", "s a", "e i r l", "l t d a", "limitada", "ltd", "inc", "llc",
    "c por a", "cxa", "c a", "sociedad anonima", "y cia", "e hijos", "y asociados", "y hnos", "cia", "corp", "gmbh",
)  # fmt: skip
_LEGAL_END = re.compile(
    r"(?:^|\s)(?:" + "|".join(r"\s?".join(form.split(" ")) for form in _LEGAL_FORMS) + r")$"
)  # fmt: skip
# Where people say a country's name shorter than ISO does.
_SUFFIXES = {"DO": "rd"}


@lru_cache
def reserved() -> frozenset[str]:
    """Names that nobody can have: they mean something to machines, or would pass for ours."""
    text = (Path(__file__).parent / "reserved_names.txt").read_text(encoding="ascii")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def normalise(text: str) -> str:
    """What was meant by what was typed: lower case, no accents, hyphens for spaces, nothing at the edges.

    Only what is harmless is mended; what is left is judged by `problem`. Idempotent.
    """
    folded = unicodedata.normalize("NFKC", text[:400]).lower().translate(_PLAIN)
    apart = unicodedata.normalize("NFD", folded)
    # An accent is taken from Latin letters only: without its own, another alphabet's letter would be a different one.
    kept = (mark for index, mark in enumerate(apart) if not _is_latin_accent(apart, index) and not _is_invisible(mark))
    joined = unicodedata.normalize("NFC", "".join(kept))
    return re.sub(r"[ \u00a0_-]*[ \u00a0_][ \u00a0_-]*", "-", joined).strip("-_ \t\r\n\u00a0.")


def _is_latin_accent(text: str, index: int) -> bool:
    if not unicodedata.combining(text[index]):
        return False
    while index and unicodedata.combining(text[index]):
        index -= 1
    return text[index].isascii()


def _is_invisible(mark: str) -> bool:
    return unicodedata.category(mark) == "Cf"  # zero-width spaces and joiners, as copying from a document brings


def problem(name: str) -> FieldProblem | None:
    """What is wrong with a normalised name, in words that help; None: it may be had unless it is taken."""
    found = _wrong_length(name) or _wrong_characters(name) or _wrong_shape(name)
    if found is None and name in reserved():
        found = "reserved", f"«{name}» está reservado para el servicio. Elige otro nombre."
    return FieldProblem("subdomain", *found) if found else None


def _wrong_length(name: str) -> tuple[str, str] | None:
    if not name:
        return "required", "Escribe el nombre que tendrá la dirección de tu Odoo."
    if len(name) < SHORTEST:
        return "too_short", f"Son muy pocas letras: usa al menos {SHORTEST}."
    if len(name) > LONGEST:
        return "too_long", f"Es muy largo: tiene {len(name)} caracteres y caben {LONGEST}."
    return None


def _wrong_characters(name: str) -> tuple[str, str] | None:
    strange = next((mark for mark in name if not re.fullmatch(r"[a-z0-9-]", mark)), None)
    if strange is None:
        return None
    if strange == ".":
        return "dot", "Escribe solo el nombre, sin puntos ni el resto de la dirección."
    if not strange.isprintable():
        return "control", "Hay un carácter invisible que no sirve en una dirección. Vuelve a escribir el nombre."
    alike = not strange.isascii() and confusables.is_confusable(strange, greedy=True, preferred_aliases=["latin"])
    if alike:
        alphabet = _ALPHABETS.get(categories.alias(strange), "de otro alfabeto")
        return "homograph", (
            f"La «{strange}» es una letra {alphabet} que se parece a una latina y serviría para engañar. "
            "Escríbela de nuevo con tu teclado."
        )
    return "characters", f"Solo letras de la a a la z, números y guiones; «{strange}» no puede estar."


def _wrong_shape(name: str) -> tuple[str, str] | None:
    if not ("a" <= name[0] <= "z"):
        return "first_letter", "Tiene que empezar por una letra."
    if name.startswith("xn--"):
        return "idn", "Los nombres que empiezan por «xn--» esconden letras de otros alfabetos y no se admiten."
    if "--" in name:
        return "double_hyphen", "Los guiones van de uno en uno."
    if not GRAMMAR.fullmatch(name):
        return "last_character", "No puede terminar en guion."
    return None


def from_company(text: str) -> str:
    """A name made of the company's: "Panadería Sol, S.R.L." -> "panaderia-sol"; "" where nothing usable is left."""
    words = normalise(text.replace("&", " y ").replace("'", "").replace("’", ""))
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", words).split())
    while (shorter := _LEGAL_END.sub("", words).strip()) != words:
        words = shorter
    words = re.sub(r"(?: y)+$", "", re.sub(r"^[0-9 ]+", "", words))
    name = ""
    for word in words.split():
        longer = f"{name}-{word}" if name else word[:LONGEST]
        if len(longer) > LONGEST:
            break
        name = longer
    return name if problem(name) is None else ""


def proposals(session: Session, name: str, country: str | None = None, limit: int = 3) -> list[str]:
    """Up to `limit` names like `name` that nobody holds now, best first. One query."""
    wanted = [each for each in dict.fromkeys(_variations(name, country)) if each != name and problem(each) is None]
    held = set(
        session.exec(
            select(Tenant.subdomain).where(col(Tenant.subdomain).in_(wanted), col(Tenant.released_at).is_(None))
        ).all()
    )
    return [each for each in wanted if each not in held][:limit]


def _variations(name: str, country: str | None) -> Iterable[str]:
    words = [word for word in re.sub(r"[^a-z0-9]+", " ", name).split() if word]
    base = "-".join(words)
    if not base:
        return
    suffix = _SUFFIXES.get((country or "").upper(), (country or "").lower())
    if suffix:
        yield _with(base, suffix)
    if len(words) > 1:
        yield "".join(words)
        yield "-".join([*words[1:], words[0]])
    yield _with(base, "erp")
    yield f"mi-{base}"
    yield _with(base, "online")
    yield _with(base, "oficial")
    # In a rush for one name the good ones go first; numbers never run out.
    for number in range(2, 40):
        yield _with(base, str(number))


def _with(base: str, suffix: str) -> str:
    return f"{base[: LONGEST - len(suffix) - 1].rstrip('-')}-{suffix}"
