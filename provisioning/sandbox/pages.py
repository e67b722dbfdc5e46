"""The pages that the stand-in serves in Odoo's place. Each says what it is."""

from html import escape

_STYLE = """
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f1edf1;color:#27222b;
font:16px/1.5 system-ui,sans-serif}main{background:#fff;border-radius:8px;box-shadow:0 2px 14px #0002;padding:32px;
width:min(400px,calc(100vw - 32px))}h1{font-size:22px;margin:0 0 4px;overflow-wrap:anywhere}p{margin:0 0 16px}
label{display:block;font-weight:600;margin:14px 0 4px}input{width:100%;font:inherit;padding:9px 11px;
border:1px solid #8d8392;border-radius:5px}
button,.button{display:block;width:100%;margin-top:22px;padding:10px;border:0;border-radius:5px;
background:#714b67;color:#fff;font:600 16px/1.4 inherit;text-align:center;text-decoration:none;cursor:pointer}
.alert{background:#fbe9e9;color:#8a1f1f;padding:10px 12px;border-radius:5px}
.small{font-size:14px;color:#5d5563;margin:22px 0 0}
"""


def login(company: str, *, login: str = "", wrong: bool = False) -> str:
    """Odoo's login form."""
    alert = '<p class="alert" role="alert">Usuario o contraseña incorrectos</p>' if wrong else ""
    return _page(
        f"Iniciar sesión | {company}",
        f"""<h1>{escape(company)}</h1><p>Inicia sesión en tu Odoo</p>{alert}
<form class="oe_login_form" method="post" action="/web/login">
<label for="login">Correo electrónico</label>
<input id="login" name="login" autocomplete="username" required value="{escape(login)}">
<label for="password">Contraseña</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Iniciar sesión</button></form>""",
    )


def welcome(company: str, login: str, *, staff: str | None = None) -> str:
    """What stands for Odoo's first page; `staff` is the support person who came in, for the banner."""
    banner = f'<p class="alert" role="status">Sesión de soporte de {escape(staff)}</p>' if staff else ""
    return _page(
        f"Odoo | {company}",
        f"{banner}<h1>Bienvenido a tu Odoo (simulado)</h1><p>{escape(company)}</p>"
        f"<p>Has entrado como {escape(login)}.</p>"
        '<a class="button" href="/web/login">Cerrar sesión</a>',
    )


def refused(reason: str) -> str:
    """What somebody reads whose token opens nothing."""
    return _page("No se pudo entrar", f'<h1>No se pudo entrar</h1><p class="alert" role="alert">{escape(reason)}</p>')


def absent(name: str) -> str:
    """What a visitor of an unknown address reads."""
    return _page("No existe", f"<h1>Aquí no hay ningún Odoo</h1><p>Ninguna instancia se llama «{escape(name)}».</p>")


def unavailable() -> str:
    """When PostgreSQL does not answer."""
    return _page("No disponible", "<h1>No disponible</h1><p>La base de datos no contesta. Vuelve a intentarlo.</p>")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="es"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}"
        '<p class="small">Nodo de pruebas: esta página ocupa el lugar de un Odoo real.</p></main></body></html>'
    )
