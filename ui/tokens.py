"""Colours live here and nowhere else: the tokens of the product, light and dark, and the one sheet that uses them.

Every pair of text and surface was computed: at least 4.5:1 in both schemes; field borders at least 3.6:1.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from fastapi import Response
from nicegui import app, ui

LIGHT = {
    "page": "#f6f8f8", "surface": "#ffffff", "sunken": "#eef2f2", "raised": "#ffffff",
    "line": "#d9e1e0", "line-strong": "#b9c6c4", "field": "#74867f",
    "ink": "#10201e", "ink-2": "#42544f", "ink-3": "#5c6f6a",
    "brand": "#0b6b5d", "brand-hover": "#095548", "on-brand": "#ffffff", "brand-soft": "#e0f1ed",
    "ok": "#176b3a", "ok-soft": "#e2f3e8", "warn": "#8a5a00", "warn-soft": "#fbf0d9",
    "bad": "#a8261c", "bad-soft": "#fbe6e3", "info": "#1f5f9e", "info-soft": "#e4eef8",
    "term": "#0d1716", "term-ink": "#d5e3df", "term-dim": "#7f958f", "term-ok": "#7ddaa0", "term-warn": "#e9c46a",
    "shade": "rgb(0 0 0 / 0.13)", "veil": "rgb(16 32 30 / 0.45)",
}  # fmt: skip
DARK = {
    "page": "#0c1413", "surface": "#131d1b", "sunken": "#0f1817", "raised": "#2a3935",
    "line": "#26332f", "line-strong": "#3a4a46", "field": "#6f827c",
    "ink": "#e7eeec", "ink-2": "#b4c3bf", "ink-3": "#8fa19c",
    "brand": "#57c7b1", "brand-hover": "#79d6c3", "on-brand": "#06201b", "brand-soft": "#15302b",
    "ok": "#6fd08f", "ok-soft": "#15301f", "warn": "#e5b454", "warn-soft": "#33280f",
    "bad": "#f2938a", "bad-soft": "#3a1a17", "info": "#86b9ec", "info-soft": "#142738",
    "term": "#080f0e", "veil": "rgb(0 0 0 / 0.6)",
}  # fmt: skip
# Quasar's own palette follows the tokens, so that its components obey light and dark without a second definition.
QUASAR = {
    "primary": "brand", "secondary": "info", "accent": "brand", "positive": "ok", "negative": "bad",
    "info": "info", "warning": "warn", "dark": "surface", "dark-page": "page",
}  # fmt: skip
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    f'<rect width="32" height="32" rx="7" fill="{LIGHT["brand"]}"/>'
    f'<path d="M9 21.5 14.6 9h2.8L23 21.5" fill="none" stroke="{LIGHT["on-brand"]}" stroke-width="3.2"'
    ' stroke-linecap="round" stroke-linejoin="round"/>'
    f'<circle cx="16" cy="20.5" r="2" fill="{LIGHT["on-brand"]}"/></svg>'
)


@lru_cache
def sheet() -> str:
    """The whole sheet: tokens, then the rules of style.css, which name no colour."""
    quasar = "".join(f"--q-{name}:var(--{token})!important;" for name, token in QUASAR.items())
    tokens = (
        f":root{{{_variables(LIGHT)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
        f":root,body{{{quasar}}}"
    )
    rules = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    return tokens + "\n" + "\n".join(line.strip() for line in rules.splitlines() if line.strip())


@lru_cache
def sheet_url() -> str:
    """Where browsers fetch the sheet; a changed sheet has another address, so that it may be kept for a year."""
    return f"/_alta/style.{hashlib.sha256(sheet().encode()).hexdigest()[:12]}.css"


def install() -> None:
    """Puts the sheet into the page being built. The frames call it; a page never needs to."""
    ui.add_head_html(head_links())


def head_links() -> str:
    """The sheet and the browser's own colours, for the head of any page."""
    return (
        f'<link rel="stylesheet" href="{sheet_url()}">'
        f'<meta name="theme-color" content="{LIGHT["page"]}" media="(prefers-color-scheme: light)">'
        f'<meta name="theme-color" content="{DARK["page"]}" media="(prefers-color-scheme: dark)">'
    )


def icon_link() -> str:
    """The browser tab's icon, for pages that NiceGUI does not build (it adds its own: `run_with(favicon=…)`)."""
    return f'<link rel="icon" href="data:image/svg+xml,{quote(FAVICON)}">'


@app.get("/_alta/style.{digest}.css", include_in_schema=False)
def _style(digest: str) -> Response:
    current = sheet_url().endswith(f".{digest}.css")
    keep = "public, max-age=31536000, immutable" if current else "no-cache"
    return Response(sheet(), media_type="text/css", headers={"Cache-Control": keep})


def _variables(tokens: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in tokens.items())
