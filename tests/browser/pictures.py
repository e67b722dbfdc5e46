"""Screenshots for looking at, where `ALTA_PICTURES` names a directory."""

import os

from playwright.sync_api import Page


def picture(page: Page, name: str) -> None:
    """The whole page as it is now."""
    if directory := os.environ.get("ALTA_PICTURES"):
        page.screenshot(path=f"{directory}/{name}.png", full_page=True)
