"""What is said when an item is put under legal hold, and when somebody lets go of one."""

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.fields import Line, Statement


class HoldOrder(BaseModel):
    """By whose authority nothing of an item may go, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authority: Line = Field(description="who orders it: a court and its file number, a statute, a body of the archive")
    reason: Statement


class HoldEnd(BaseModel):
    """Why a hold is let go of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Statement
