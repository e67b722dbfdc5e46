"""What went wrong, what to do, and a reference to give when asking for help. Also calmer notes in the same shape."""

from html import escape

from nicegui import ui

from ui.components.button import link_html


def problem_html(
    title: str, words: str, *, tone: str = "bad", reference: str = "", action: str = "", href: str = ""
) -> str:
    """As HTML; everything is escaped. `tone`: bad, warn, info, ok."""
    role = "alert" if tone == "bad" else "status"
    quote = f' <span class="tiny muted">Referencia: {escape(reference)}</span>' if reference else ""
    button = link_html(action, href, small=True) if action else ""
    return (
        f'<div class="card {tone}" role="{role}"><div class="row between wrapping">'
        f'<span><b>{escape(title)}</b> <span class="muted">{escape(words)}</span>{quote}</span>{button}</div></div>'
    )


def problem(
    title: str, words: str, *, tone: str = "bad", reference: str = "", action: str = "", href: str = ""
) -> ui.html:
    """A card with a fault (bad), something that wants attention (warn) or a note (info, ok)."""
    html = problem_html(title, words, tone=tone, reference=reference, action=action, href=href)
    return ui.html(html, sanitize=False)
