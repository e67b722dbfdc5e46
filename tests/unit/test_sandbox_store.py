"""Documents, undone transactions, cursors, periods and the hand-written PDF."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.objects.subscriptions import period_end
from domain.sandbox.pages.pdf import Text, document
from domain.sandbox.params import Page
from domain.sandbox.signatures import sign
from domain.sandbox.store import Store


def test_an_undone_transaction_leaves_memory_and_file_as_they_were(tmp_path: Path) -> None:
    path, told = tmp_path / "s.sqlite3", []
    store = Store(path)
    store.put("customer", {"id": "a", "name": "Ana"})
    with pytest.raises(RuntimeError), store.transaction():
        store.put("customer", {"id": "a", "name": "Otra"})
        store.put("customer", {"id": "b"})
        store.once_written(lambda: told.append(1))
        raise RuntimeError
    for seen in (store, Store(path)):
        assert seen.get("customer", "a") == {"id": "a", "name": "Ana"}
        assert seen.get("customer", "b") is None
    assert told == []
    with store.transaction():
        store.put("customer", {"id": "c"})
        store.once_written(lambda: told.append(2))
        assert told == []
    assert told == [2]
    assert [d["id"] for d in Store(path).newest_first("customer")] == ["c", "a"]


def test_a_reader_cannot_change_what_is_kept() -> None:
    store = Store()
    store.put("customer", {"id": "a", "metadata": {}})
    found = store.get("customer", "a")
    assert found is not None
    found["metadata"]["x"] = "1"
    assert store.get("customer", "a") == {"id": "a", "metadata": {}}


def test_a_cursor_holds_its_place_when_the_filter_would_drop_it() -> None:
    documents = [{"id": str(n), "even": n % 2 == 0} for n in range(9)]
    found = page(documents, Page(limit=2, starting_after="3"), "/v1/x", keep=lambda d: bool(d["even"]))
    assert ([d["id"] for d in found["data"]], found["has_more"]) == (["4", "6"], True)
    back = page(documents, Page(limit=2, ending_before="7"), "/v1/x", keep=lambda d: bool(d["even"]))
    assert ([d["id"] for d in back["data"]], back["has_more"]) == (["4", "6"], True)
    with pytest.raises(Refused):
        page(documents, Page(starting_after="1", ending_before="2"), "/v1/x")


@pytest.mark.parametrize(
    ("start", "interval", "count", "end"),
    [
        ("2026-01-31", "month", 1, "2026-02-28"),
        ("2027-12-15", "month", 1, "2028-01-15"),
        ("2028-02-29", "year", 1, "2029-02-28"),
        ("2026-11-30", "month", 3, "2027-02-28"),
        ("2026-01-01", "week", 2, "2026-01-15"),
    ],
)
def test_a_period_ends_on_the_same_day_or_the_months_last(start: str, interval: str, count: int, end: str) -> None:
    begin = int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp())
    assert datetime.fromtimestamp(period_end(begin, interval, count), UTC).date().isoformat() == end


def test_a_signature_has_one_code_for_each_secret() -> None:
    header = sign("{}", ["whsec_a", "whsec_b"], 12)
    assert re.fullmatch(r"t=12,v1=[0-9a-f]{64},v1=[0-9a-f]{64}", header)
    assert sign("{}", ["whsec_a"], 13) != sign("{}", ["whsec_a"], 12)


def test_the_pdfs_table_points_at_its_objects() -> None:
    made = document("Factura (1)", [Text(50, 700, "Peña \\ (hijos) 29,00 € 漢", right=True)])
    table = int(made.rpartition(b"startxref\n")[2].split()[0])
    offsets = [int(line[:10]) for line in made[table:].splitlines() if line.endswith(b" n ")]
    assert len(offsets) == 7
    for number, offset in enumerate(offsets, 1):
        assert made[offset:].startswith(b"%d 0 obj" % number)
    length = int(re.search(rb"/Length (\d+)", made)[1])  # type: ignore[index]
    assert made[made.index(b"stream\n") + 7 :][length:].startswith(b"\nendstream")
    assert "Peña \\\\ \\(hijos\\) 29,00 € ?".encode("cp1252") in made
