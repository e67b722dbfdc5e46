"""A page with nothing but the live log, for tests of the log itself: `python -m tests.browser.log_app PORT`."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from nicegui import ui

from domain import database
from domain.notices import listener
from ui import tokens
from ui.components.log_view import log_view


@contextlib.asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    listener.start()
    yield
    listener.stop()


@ui.page("/log/{job_id}", title="Registro")
def _page(job_id: int) -> None:
    tokens.install()
    ui.query("html").props("lang=es")
    with ui.element("main").classes("app-main"):
        ui.html("Registro", tag="h1")
        log_view(job_id, live=True, name="Registro del trabajo")


def main() -> None:
    database.configure(os.environ["DATABASE_URL"])
    app = FastAPI(lifespan=lifespan)
    ui.run_with(app, language="es", reconnect_timeout=30, storage_secret="solo-para-pruebas")
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
