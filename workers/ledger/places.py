"""Who is asked to sign besides us: witnesses, time stamp authorities, calendars; and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from storage.errors import InvalidValue
from storage.integrity.note import Kind, NoteKey
from storage.integrity.timestamp import certificates
from storage.settings import Settings
from workers.outgoing.asking import WayOut

OPENTIMESTAMPS = "opentimestamps"


@dataclass(frozen=True, slots=True)
class WitnessPlace:
    """Where a witness is asked, and the key it cosigns with."""

    url: str
    key: NoteKey


@dataclass(frozen=True, slots=True)
class Places:
    """Everybody outside. `roots` are the certificates (DER) that time stamps are checked against."""

    way_out: WayOut
    witnesses: Sequence[WitnessPlace] = ()
    authorities: Sequence[str] = ()
    roots: Sequence[bytes] = ()
    calendars: Sequence[str] = ()
    stamp_every_s: float = 300.0


def places_of(settings: Settings) -> Places:
    """Whom the settings name. Raises: InvalidValue, with the name of the setting to mend."""
    authorities = _addresses("TIMESTAMP_AUTHORITIES", settings.timestamp_authorities)
    roots = _roots(settings.timestamp_roots) if settings.timestamp_roots else []
    if authorities and not roots:
        raise InvalidValue(
            "SVIDOK_TIMESTAMP_AUTHORITIES names whom to ask, and SVIDOK_TIMESTAMP_ROOTS must name the file of root "
            "certificates to check their answers against: an answer that nobody checks proves nothing"
        )
    return Places(
        WayOut(settings.way_out, settings.way_out_log),
        _witnesses(settings.ledger_witnesses),
        authorities,
        roots,
        _addresses("OPENTIMESTAMPS_CALENDARS", settings.opentimestamps_calendars),
        settings.stamp_every_s,
    )


def _witnesses(told: str) -> list[WitnessPlace]:
    found = []
    for entry in filter(None, (one.strip() for one in told.split(","))):
        url, _, vkey = entry.partition(" ")
        try:
            key = NoteKey.parse(vkey.strip())
        except ValueError as malformed:
            raise InvalidValue(f"SVIDOK_LEDGER_WITNESSES: an address, a space and a key; {malformed}") from None
        if key.kind is not Kind.COSIGNATURE:
            raise InvalidValue(f"SVIDOK_LEDGER_WITNESSES: the key of {key.name} is that of a log, not of a witness")
        [address] = _addresses("LEDGER_WITNESSES", url)
        found.append(WitnessPlace(address, key))
    if len({place.key.name for place in found}) != len(found):
        raise InvalidValue("SVIDOK_LEDGER_WITNESSES names one witness twice")
    return found


def _addresses(setting: str, told: str) -> list[str]:
    found = [one.strip().rstrip("/") for one in told.split(",") if one.strip()]
    for one in found:
        place = urlsplit(one)
        if place.scheme not in ("https", "http") or not place.hostname or place.username is not None or " " in one:
            raise InvalidValue(f"SVIDOK_{setting}: {one[:120]!r} is not an address such as https://example.org/tsr")
    if len(set(found)) != len(found):
        raise InvalidValue(f"SVIDOK_{setting} names one address twice")
    return found


def _roots(file: Path) -> list[bytes]:
    try:
        return certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidValue(f"SVIDOK_TIMESTAMP_ROOTS: {file} is no file of certificates (PEM): {error}") from None
