"""GET /api/tenant/personal-data: what we hold on a customer, as one document."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from domain import personal_data
from ui import auth
from ui.api.hooks import REFUSALS
from ui.api.portal import customer_of

router = APIRouter(prefix="/api/tenant", tags=["portal"])
Owner = Annotated[auth.Identity, Depends(auth.may("data.export"))]


@router.get("/personal-data", responses=REFUSALS)
def read_personal_data(identity: Owner) -> dict[str, Any]:
    """Everything, by table; for the owner, with a token of the last 15 minutes."""
    return personal_data.export(customer_of(identity, "data.export"), by=identity.login)
