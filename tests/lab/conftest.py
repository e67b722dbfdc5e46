"""The lab of this machine, for tests on a real Odoo; where there is none, one loud line."""

import os
import warnings
from pathlib import Path

import pytest

from provisioning import lab as labs
from provisioning.lab import Lab, LabNode
from tests.browser.conftest import browser, new_context, page, phone, playwright
from ui import lab_cli

__all__ = ["browser", "new_context", "page", "phone", "playwright"]
SKIPPED = "NO LAB HERE: the tests on a real Odoo did not run. Build one (root on Debian): uv run main.py lab up"


@pytest.fixture(scope="session")
def lab_node() -> LabNode:
    """The lab's first node, running. Under CI=true, where root on Debian builds it first, it must be there."""
    rows = labs.status(Lab(lab_cli.directory()))
    if rows and rows[0].ready:
        return rows[0].node
    if os.environ.get("CI") == "true" and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        pytest.fail(SKIPPED, pytrace=False)
    warnings.warn(SKIPPED, stacklevel=2)
    pytest.skip(SKIPPED)
