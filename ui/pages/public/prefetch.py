"""What the sign-up needs, fetched by the browser while the landing is read."""

from functools import lru_cache

from nicegui import __version__, ui

# Elements of the sign-up that the landing does not have.
ELEMENTS = (ui.input, ui.select, ui.html, ui.timer)


@lru_cache
def links() -> str:
    """Links for the head, as HTML."""
    keys = [element.component.key for element in ELEMENTS if element.component is not None]
    return "".join(
        f'<link rel="prefetch" as="script" crossorigin href="/_nicegui/{__version__}/components/{key}">' for key in keys
    )
