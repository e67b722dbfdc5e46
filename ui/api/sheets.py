"""CSV for spreadsheets: a line at a time, accents readable, formulas defused, since people name themselves."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

MARK = "\ufeff"  # a byte order mark, by which spreadsheets know UTF-8


def line(values: Sequence[object]) -> str:
    """One row, ended; None is nothing, moments are ISO 8601."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_cell(value) for value in values])
    return buffer.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
