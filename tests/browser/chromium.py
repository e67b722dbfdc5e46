"""A Chromium to test with: one that is installed, else what Playwright or apt can bring; else one loud line."""

import functools
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
SKIPPED = "NO CHROMIUM HERE AND NONE COULD BE INSTALLED: the browser tests did not run."


@functools.cache
def executable() -> str | None:
    """Path of a Chromium or Chrome; None where there is none and none can be had. Asked once a process."""
    for find in (_installed, _from_playwright, _from_apt):
        found = find()
        if found:
            return found
    return None


def required() -> str:
    """The path, or the test is skipped with one loud line; under CI=true that is a failure."""
    found = executable()
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(SKIPPED, pytrace=False)
    warnings.warn(SKIPPED, stacklevel=2)
    pytest.skip(SKIPPED)


def _installed() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _from_playwright() -> str | None:
    _try([sys.executable, "-m", "playwright", "install", "chromium"])
    return _playwrights_own()


def _from_apt() -> str | None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    _try(["apt-get", "update", "-qq"])
    _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    return _installed()


def _try(command: list[str]) -> None:
    try:
        subprocess.run(command, check=False, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return
