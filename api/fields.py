"""What is wrong with one field of what was sent: by a stable code, with what it names, and in a sentence."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from storage.errors import Reason, Unfit, Value

_NO_OBJECT = ("model_attributes_type", "model_type", "dict_type", "dataclass_type", "mapping_type")
_NO_TEXT = ("string_type", "string_sub_type", "string_unicode")
_NO_NUMBER = (
    "int_type", "int_parsing", "int_parsing_size", "float_type", "float_parsing", "finite_number", "decimal_type",
    "decimal_parsing",
)  # fmt: skip
_NO_TIME = (
    "datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid", "date_type",
    "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact",
)  # fmt: skip
# What the validator calls a fault is its own affair and may change with it; what we call it may not.
CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "bytes_too_short": "too_short",
    "bytes_too_long": "too_long",
    "too_short": "entries_below",
    "too_long": "entries_above",
    "greater_than": "not_above",
    "greater_than_equal": "too_small",
    "less_than": "not_below",
    "less_than_equal": "too_large",
    "string_pattern_mismatch": "wrong_form",
    "int_from_float": "not_whole",
    "enum": "no_such_choice",
    "literal_error": "no_such_choice",
    "union_tag_invalid": "no_such_choice",
    "union_tag_not_found": "missing",
    "bool_type": "not_yes_or_no",
    "bool_parsing": "not_yes_or_no",
    "timezone_aware": "moment_without_zone",
    "list_type": "not_a_list",
    "tuple_type": "not_a_list",
    "json_invalid": "not_json",
    **dict.fromkeys(_NO_OBJECT, "not_an_object"),
    **dict.fromkeys(_NO_TEXT, "not_text"),
    **dict.fromkeys(_NO_NUMBER, "not_a_number"),
    **dict.fromkeys(_NO_TIME, "moment_form"),
}
# Bounds and choices are told; whatever else the validator knows may hold what was sent.
_BOUNDS = {
    "min_length": "least", "max_length": "most", "ge": "least", "le": "most", "gt": "bound", "lt": "bound",
}  # fmt: skip
_CHOICES = "choices"
NAMED = (*_BOUNDS.values(), _CHOICES)
_QUOTED = re.compile(r"'([^']*)'")


class FieldProblem(BaseModel):
    """What is wrong with one field: the way to it, a stable code with the values it names, and a sentence."""

    field: str
    code: str = Field(examples=["too_long"])
    values: dict[str, Value] = Field(default_factory=dict, examples=[{"most": 300}])
    sentence: str


def field_problem(wrong: Mapping[str, Any]) -> FieldProblem:
    """One error of the validator, without the value: a value may be secret, huge, or not even text."""
    return told_field(_way(wrong["loc"]), _sentence(wrong), _reason(wrong))


def told_field(field: str, sentence: str, reason: Reason) -> FieldProblem:
    """What the archive itself found wrong with a field."""
    return FieldProblem(field=field, code=reason.code, values=dict(reason.values), sentence=sentence)


def finished(sentence: str) -> str:
    """A sentence with its capital and its full stop."""
    sentence = sentence[:1].upper() + sentence[1:]
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _reason(wrong: Mapping[str, Any]) -> Reason:
    told = wrong.get("ctx", {})
    if isinstance(raised := told.get("error"), Unfit):
        return raised.reason
    values: dict[str, Value] = {_BOUNDS[name]: bound for name, bound in told.items() if _is_bound(name, bound)}
    if choices := _QUOTED.findall(str(told.get("expected") or told.get("expected_tags") or "")):
        values[_CHOICES] = ", ".join(choices)
    return Reason(CODES.get(_kind(wrong["type"], told), "invalid_value"), values)


def _kind(kind: str, told: Mapping[str, Any]) -> str:
    """What the validator calls the fault; of a text that it has read before it counts, as of a list, it is a text's."""
    return f"string_{kind}" if kind in {"too_short", "too_long"} and told.get("field_type") == "Value" else kind


def _is_bound(name: str, bound: object) -> bool:
    return name in _BOUNDS and isinstance(bound, int | float)


def _way(location: Sequence[Any]) -> str:
    """The steps to a field, without the forms that it might have had: those are named after our own inside."""
    return ".".join(str(step) for step in location[1:] if "[" not in str(step)) or str(location[0])


def _sentence(wrong: Mapping[str, Any]) -> str:
    if tuple(wrong["loc"]) == ("body",) and wrong["type"] in _NO_OBJECT:
        return "Send a JSON object, and say so: Content-Type: application/json."
    told = wrong.get("ctx", {})
    if _kind(wrong["type"], told) != wrong["type"]:
        bound = "least" if wrong["type"] == "too_short" else "most"
        return f"It has at {bound} {told.get('min_length', told.get('max_length')):,} characters."
    said = str(wrong["msg"]).removeprefix("Value error, ")
    return finished(said[:500])
