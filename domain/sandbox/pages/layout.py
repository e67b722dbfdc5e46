"""The frame of the stand-in's pages: everything in one file, no script needed, light and dark, phone and desk."""

from html import escape

from starlette.responses import HTMLResponse

BANNER = "Entorno de prueba: esta página imita a Stripe"
_STYLE = """
:root{color-scheme:light dark;--ink:#1a1f36;--soft:#4f566b;--line:#d5dbe1;--paper:#fff;--side:#f6f8fa;--act:#0a2540;
--on-act:#fff;--bad:#b3093c;--good:#0b6e4f;--link:#4b45c6;--warn:#6b4700;--warn-paper:#fff3d6}
@media(prefers-color-scheme:dark){:root{--ink:#f0f2f7;--soft:#b4bccb;--line:#3a4256;--paper:#151a26;--side:#0f131c;
--act:#8b9bff;--on-act:#0d1120;--bad:#ff8fa8;--good:#5fd6a8;--link:#aab4ff;--warn:#ffe2a3;--warn-paper:#3a2d0c}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);line-height:1.5;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:var(--link)}h1{font-size:1.1rem;font-weight:600;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .7rem}
.banner{background:var(--warn-paper);color:var(--warn);font-size:.82rem;text-align:center;padding:.35rem 1rem}
.split{display:grid;min-height:calc(100vh - 2rem)}
.side,.main{padding:2rem 1.25rem}.side{background:var(--side)}
.side>div,.main>div{width:100%;max-width:26rem;margin:0 auto}
@media(min-width:900px){.split{grid-template-columns:1fr 1fr}.side,.main{padding:4rem 3rem}
.side>div{margin:0 0 0 auto}.main>div{margin:0 auto 0 0}.side{border-right:1px solid var(--line)}}
.price{font-size:2.3rem;font-weight:700;letter-spacing:-.02em;line-height:1.2;margin:.2rem 0 1.6rem}
.price small{font-size:.95rem;font-weight:400;color:var(--soft);letter-spacing:0;
margin-left:.4rem;display:inline-block}
.row{display:flex;justify-content:space-between;gap:1rem;padding:.55rem 0;border-top:1px solid var(--line)}
.row.total{font-weight:600}.soft{color:var(--soft);font-size:.9rem}
label{display:block;font-size:.9rem;font-weight:500;margin:1rem 0 .3rem}
input{width:100%;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:8px;
padding:.65rem .75rem;min-height:44px}
::placeholder{color:var(--soft);opacity:1}input[aria-invalid=true]{border-color:var(--bad)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.bad{color:var(--bad);font-size:.88rem;margin:.3rem 0 0}.good{color:var(--good)}
.notice{border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:8px;
padding:.7rem .9rem;margin:1rem 0}
.notice.fine{border-left-color:var(--good)}
button,.button{display:inline-block;font:inherit;font-weight:600;background:var(--act);color:var(--on-act);border:0;
border-radius:8px;padding:.75rem 1.2rem;min-height:44px;cursor:pointer;text-decoration:none;text-align:center}
button.wide,.button.wide{width:100%;margin-top:1.5rem}
button.plain{background:none;color:var(--link);border:1px solid var(--line)}
button:disabled{opacity:.6;cursor:progress}
.page{max-width:60rem;margin:0 auto;padding:2rem 1.25rem}.page h1{font-size:1.5rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.5rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500}td:first-child{min-width:6rem}td code{white-space:nowrap}
code{font-size:.82rem;overflow-wrap:anywhere}
footer{margin-top:2rem;color:var(--soft);font-size:.82rem}
"""


def page(title: str, body: str, *, status: int = 200, banner: str = BANNER) -> HTMLResponse:
    """A whole page. `body` is HTML; `title` and `banner` are text."""
    return HTMLResponse(
        f'<!doctype html><html lang="es"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body>'
        f'<header class="banner">{escape(banner)}</header>{body}</body></html>',
        status,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"},
    )


def message(title: str, text: str, *, link: tuple[str, str] | None = None, status: int = 200) -> HTMLResponse:
    """A page that says one thing, with at most one way on, as (address, words)."""
    way = f'<p><a class="button" href="{escape(link[0])}">{escape(link[1])}</a></p>' if link else ""
    body = f'<main class="page"><h1>{escape(title)}</h1><p>{escape(text)}</p>{way}</main>'
    return page(title, body, status=status)


def field(name: str, label: str, value: str, problem: str | None, hints: str) -> str:
    """A labelled input with its problem beside it. `hints` are further attributes, as HTML."""
    error = f'<p class="bad" id="{name}-bad">{escape(problem)}</p>' if problem else ""
    invalid = f' aria-invalid="true" aria-describedby="{name}-bad"' if problem else ""
    return (
        f'<div><label for="{name}">{escape(label)}</label>'
        f'<input id="{name}" name="{name}" value="{escape(value)}" required{invalid} {hints}>{error}</div>'
    )
