"""In which form an answer is wanted: by parameter, or by the Accept header."""

from enum import StrEnum

from storage.errors import ArchiveError


class Form(StrEnum):
    """The forms a record takes."""

    JSON = "json"
    GEOJSON = "geojson"


class NotAcceptable(ArchiveError):
    """None of the forms asked for is one we have."""

    code = "not_acceptable"
    status = 406


_OFFERED = {
    "application/json": Form.JSON,
    "application/*": Form.JSON,
    "*/*": Form.JSON,
    "application/geo+json": Form.GEOJSON,
}


def chosen_form(parameter: str | None, accept: str | None) -> Form:
    """The form asked for; the parameter outweighs the header, nothing asked for means JSON.

    Raises: NotAcceptable. Source: RFC 9110, section 12.5.1.
    """
    if parameter is not None:
        return Form(parameter)
    if accept is None or not accept.strip():
        return Form.JSON
    wishes = [_wish(part) for part in accept.split(",")]
    ranked = sorted((wish for wish in wishes if wish[0] > 0 and wish[1] in _OFFERED), key=lambda wish: -wish[0])
    if not ranked:
        raise NotAcceptable("Records come as application/json or application/geo+json.")
    return _OFFERED[ranked[0][1]]


def _wish(part: str) -> tuple[float, str]:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weights = [parameter.removeprefix("q=") for parameter in parameters if parameter.startswith("q=")]
    try:
        return (float(weights[0]) if weights else 1.0), media_type
    except ValueError:
        return 0.0, media_type
