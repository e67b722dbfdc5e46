"""The API's description held against its answers, by schemathesis; at length, as every role: `tests.security.fuzz`."""

from pathlib import Path

import pytest

from tests.security import fuzz
from tests.web_server import serving


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ["", "customer:owner"])
def test_nothing_is_found_by_schemathesis(configured: str, tmp_path: Path, role: str) -> None:
    fuzz.people()
    with serving(tmp_path / "web.log") as server:
        good, said = fuzz.run(server.url, role, 1, tmp_path)
    assert good, said[-6000:]
    assert fuzz.counted(said) > 400, said[-1000:]
