"""`/legal/terminos` and `/legal/privacidad`: short, honest, plain HTML."""

from html import escape

from fastapi import Response
from fastapi.responses import HTMLResponse
from nicegui import app

from domain.settings import settings
from ui import theme
from ui.pages.public import legal_texts, seo


@app.get("/legal/terminos", include_in_schema=False)
def _terms() -> Response:
    return _page("Condiciones del servicio", legal_texts.TERMS, "/legal/terminos")


@app.get("/legal/privacidad", include_in_schema=False)
def _privacy() -> Response:
    return _page("Política de privacidad", legal_texts.PRIVACY, "/legal/privacidad")


def _page(title: str, sections: list[tuple[str, list[str]]], path: str) -> Response:
    operator, email = escape(settings().operator_name), escape(settings().operator_email)
    body = "".join(
        f"<h2>{heading}</h2>"
        + "".join(f"<p>{words.format(operator=operator, email=email)}</p>" for words in paragraphs)
        for heading, paragraphs in sections
    )
    html = theme.public_document(
        f"{title} · Alta",
        f'<article class="prose stack"><h1 class="h-page">{title}</h1>'
        f'<p class="small muted">Última revisión: {legal_texts.REVISED}</p>{body}</article>',
        head=seo.head(f"{title} · Alta", f"{title} de Alta, el servicio de Odoo de {settings().operator_name}.", path),
    )
    return HTMLResponse(html)
