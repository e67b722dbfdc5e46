"""Server and node refuse the same words."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_both_lists_are_the_same() -> None:
    node = (ROOT / "provisioning" / "node" / "reserved-names.txt").read_text()
    assert node == (ROOT / "domain" / "reserved_names.txt").read_text()
    words = node.splitlines()
    assert words == sorted(set(words))
    assert {"www", "admin", "postgres", "template0", "template1", "odoo", "root", "alta"} <= set(words)
    assert [word for word in words if not re.fullmatch(r"[a-z][a-z0-9-]{2,30}", word)] == []
