"""Countries as a visitor looks for them: by any part of the name, with or without accents."""

import re
import unicodedata
from functools import lru_cache

from domain import signup


@lru_cache
def names() -> dict[str, str]:
    """ISO code -> name in Spanish; the countries we know best first, then all by the alphabet."""
    return dict(signup.countries())


def matching(needle: str, keep: str | None = None) -> dict[str, str]:
    """Those whose name or code has `needle`; `keep` stays in the list whatever was typed."""
    wanted = _fold(needle.strip())
    found = {
        code: name for code, name in names().items() if wanted in _fold(name) or wanted == code.lower() or code == keep
    }
    # What begins with the letters typed comes first.
    return dict(sorted(found.items(), key=lambda pair: not _fold(pair[1]).startswith(wanted)))


def from_browser(accept_language: str) -> str | None:
    """The first region among the browser's languages where we sell most: "es-DO,es;q=0.9" -> "DO"."""
    for region in re.findall(r"\b[a-zA-Z]{2,3}-([A-Za-z]{2})\b", accept_language[:200]):
        if region.upper() in signup.OFFERED:
            return str(region.upper())
    return None


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))
