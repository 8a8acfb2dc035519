"""What is said when an item is to be for others than before."""

from pydantic import BaseModel, ConfigDict

from storage.domain.fields import Statement
from storage.domain.vocab import Sensitivity


class AudienceOrder(BaseModel):
    """Whom an item is for from now on, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sensitivity: Sensitivity
    reason: Statement
