"""What the portal says about what is used of the plan, before and after it is used up."""

import pytest

from domain.models import TenantUsage
from domain.models.base import now
from domain.portal import PortalHome
from ui.pages.tenant.home import home_html


def home(users: int, gigabytes: float, *, most_users: int = 10, most_disk_gb: int = 5) -> str:
    usage = TenantUsage(tenant_id=1, users=users, database_bytes=int(gigabytes * 1024**3), files_bytes=1)
    shown = PortalHome(
        1, "Sol", "DO", "sol", "https://sol.alta.example", "running", (), (), None, now(), False, usage, most_users,
        most_disk_gb,
    )  # fmt: skip
    return home_html(shown, {})


@pytest.mark.parametrize(
    ("users", "gigabytes", "words"),
    [
        (7, 3, None),
        (8, 1, "Estás cerca del límite de las personas"),
        (2, 4.2, "Estás cerca del límite del espacio"),
        (8, 4.2, "las personas y el espacio"),
        (10, 1, "Usas ya las personas"),
        (2, 7, "Usas ya el espacio"),
    ],
)
def test_who_comes_near_the_limit_is_told_what_to_do(users: int, gigabytes: float, words: str | None) -> None:
    html = home(users, gigabytes)
    if words is None:
        assert "cerca del límite" not in html
        assert "Usas ya" not in html
        assert "7 personas de 10" in html
    else:
        assert words in html
        assert "plan" in html


def test_without_limits_nothing_is_near() -> None:
    html = home(10_000, 900, most_users=0, most_disk_gb=0)
    assert "límite" not in html
    assert "Usas ya" not in html
    assert "personas," in html
