"""What the documents that machines write are made of: values within bounds, and models that take nothing else."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DOCUMENT_LIMIT_BYTES = 64 << 20
"""As large as one such document may be."""

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Ticks = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
Ratio = Annotated[str, Field(pattern=r"^\d{1,19}(/\d{1,19})?\z")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}\z")]


class Told(BaseModel):
    """Strictly typed, and nothing beside what is named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
