"""What is said when an item is to be erased, and when another person answers."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.fields import Line, Statement


def tombstone(erasure: str, at: str) -> dict[str, Any]:
    """What the body of a record says whose item was erased."""
    return {"erased": {"erasure": erasure, "at": at}}


class ErasureOrder(BaseModel):
    """On what legal basis an item is to be erased, and why. The words stay for ever: they name nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    basis: Line = Field(description="the law or order that demands it, such as a statute's article or a file number")
    reason: Statement = Field(description="why; it stays in the ledger, so it must not repeat what is to be erased")


class ErasureReply(BaseModel):
    """Whether the item is erased as was asked. Whoever asked may only take it back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agree: bool
    reason: Statement
