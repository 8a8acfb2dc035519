"""What the registers of units and of places have in common: names that hold for a time, and how they are found."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from storage.domain import edtf
from storage.domain.fields import Line
from storage.domain.names import fold
from storage.errors import Unfit

Language = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
Script = Annotated[str, Field(pattern=r"^[A-Z][a-z]{3}$", description="ISO 15924, such as Cyrl")]


def _edtf(text: str) -> str:
    edtf.parse(text)
    return text


PartialDate = Annotated[
    str, Field(min_length=4, max_length=11, description="EDTF, levels 0 and 1"), AfterValidator(_edtf)
]


class RegisteredName(BaseModel):
    """One name of something, in which language and script, and when it was used; both ends may be open."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, serialize_by_alias=True)

    name: Line
    language: Language | None = None
    script: Script | None = None
    from_: PartialDate | None = Field(None, alias="from")
    until: PartialDate | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ and self.until and edtf.parse(self.from_).first > edtf.parse(self.until).last:
            sentence = f"the name starts ({self.from_}) after it ends ({self.until})"
            raise Unfit(sentence, "name_order", start=self.from_, end=self.until)
        return self


def folded_names(names: Iterable[str]) -> str:
    """What something is found by: its names folded, one a line, each word between spaces, none twice."""
    return "\n".join(f" {folded} " for folded in dict.fromkeys(map(fold, names)) if folded)
