"""The look, through one door: the frames that pages stand in, and the sheet they share. Colours: see `tokens`."""

from ui.frames import AdminFrame, admin_frame, portal_frame, public_document, public_frame
from ui.tokens import DARK, FAVICON, LIGHT, install

__all__ = [
    "DARK",
    "FAVICON",
    "LIGHT",
    "AdminFrame",
    "admin_frame",
    "install",
    "portal_frame",
    "public_document",
    "public_frame",
]
