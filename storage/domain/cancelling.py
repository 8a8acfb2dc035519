"""What is said when the analysis of an item is to end before its time."""

from pydantic import BaseModel, ConfigDict

from storage.domain.fields import Statement


class CancelOrder(BaseModel):
    """Why what is owed of an item's analysis is not to be done."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Statement
