"""What search engines and link previews read: head tags, sitemap.xml, robots.txt."""

from html import escape

from fastapi import Response
from nicegui import app

from domain.settings import settings

PUBLIC = ["/", "/signup", "/legal/terminos", "/legal/privacidad"]
PRIVATE = ["/admin", "/tenant", "/api", "/success", "/login", "/webhook"]


def address(path: str) -> str:
    """The whole address of a path of ours."""
    return settings().app_url.rstrip("/") + path


def head(title: str, description: str, path: str) -> str:
    """Description, canonical address and Open Graph, as HTML."""
    name, words, where = escape(title), escape(description), escape(address(path))
    return (
        f'<meta name="description" content="{words}"><link rel="canonical" href="{where}">'
        f'<meta property="og:type" content="website"><meta property="og:locale" content="es_419">'
        f'<meta property="og:site_name" content="Alta"><meta property="og:title" content="{name}">'
        f'<meta property="og:description" content="{words}"><meta property="og:url" content="{where}">'
    )


@app.get("/sitemap.xml", include_in_schema=False)
def _sitemap() -> Response:
    places = "".join(f"<url><loc>{escape(address(path))}</loc></url>" for path in PUBLIC)
    xml = '<?xml version="1.0" encoding="UTF-8"?>'
    xml += f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
    return Response(xml, media_type="application/xml")


@app.get("/robots.txt", include_in_schema=False)
def _robots() -> Response:
    closed = "\n".join(f"Disallow: {path}" for path in PRIVATE)
    return Response(f"User-agent: *\n{closed}\n\nSitemap: {address('/sitemap.xml')}\n", media_type="text/plain")
