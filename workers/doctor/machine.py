"""The machine underneath: the box, the way out, the vault's folder, the room in it, the clock."""

import ctypes
import shutil
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from storage.blobs.places import FolderPlace
from storage.settings import Settings
from workers.boxes.layers import layers
from workers.doctor.finding import Condition, Finding

_ROOM_UNSAFE_BYTES = 1 << 30
_ROOM_SCARCE_BYTES = 10 << 30
_NOT_BEFORE = datetime(2026, 7, 4, tzinfo=UTC)
_STA_UNSYNC = 0x40  # linux/timex.h


def sandbox(settings: Settings) -> Iterator[Finding]:
    found = layers()
    if settings.unsafe_no_sandbox:
        yield Finding("sandbox", Condition.UNSAFE, "SVIDOK_UNSAFE_NO_SANDBOX is set: fetched files are opened unboxed")
    elif not found.safe:
        fallen = found.reason or f"these walls do not hold: {', '.join(found.fallen)}"
        yield Finding("sandbox", Condition.UNSAFE, f"no safe box on this machine: {fallen}")
    else:
        yield Finding("sandbox", Condition.OK, f"{found.engine} {found.version}; {len(found.walls)} walls were tried")
    for wall in found.walls:
        state = Condition.OK if wall.holds else Condition.UNSAFE if wall.name in found.fallen else Condition.WARN
        yield Finding(f"wall:{wall.name}", state, wall.sentence if wall.holds else f"does NOT hold: {wall.sentence}")
    yield Finding(
        "limits",
        Condition.OK,
        f"processes bounded by {found.processes_bounded_by}, memory by {found.memory_bounded_by}",
    )


def egress(settings: Settings) -> Iterator[Finding]:
    exceptions = ", ".join(f"{host}:{port}" for host, port in sorted(settings.egress_exceptions))
    yield Finding(
        "egress",
        Condition.WARN if exceptions else Condition.OK,
        f"the address policy lets these through: {exceptions}" if exceptions else "the address policy has no exception",
    )


def vault(settings: Settings) -> Iterator[Finding]:
    folder = settings.vault
    if not folder.exists():
        yield Finding("vault", Condition.UNKNOWN, f"{folder} does not exist yet")
    else:
        mode = stat.S_IMODE(folder.stat().st_mode)
        state = Condition.UNSAFE if mode & 0o077 else Condition.OK
        yield Finding("vault", state, f"{folder} has mode {mode:04o}; only its owner may enter it")
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    scarce = Condition.WARN if free < _ROOM_SCARCE_BYTES else Condition.OK
    yield Finding(
        "room", Condition.UNSAFE if free < _ROOM_UNSAFE_BYTES else scarce, f"{free / (1 << 30):.1f} GiB are free"
    )
    if isinstance(settings.stores.first, FolderPlace):
        yield Finding(
            "immutability",
            Condition.WARN,
            "not enforcing (local folder): files are write-once for this program, not for the machine's owner; a "
            "bucket with object lock is more (SVIDOK_SECOND_S3_BUCKET and SVIDOK_SECOND_S3_RETENTION_DAYS)",
        )


def item_keys(settings: Settings) -> Iterator[Finding]:
    """Whether what opens the files of sealed items is there; an archive without any has nothing to open."""
    keys = settings.item_keys
    if problem := keys.problem():
        yield Finding("keys of sealed items", Condition.UNSAFE, problem)
    elif count := len(keys.items()):
        yield Finding(
            "keys of sealed items", Condition.OK, f"{count} can be opened; keep a copy of {keys.folder}, apart"
        )


def clock(_settings: Settings) -> Iterator[Finding]:
    started, ticked = time.time(), time.monotonic()
    time.sleep(0.05)
    drift_s = abs((time.time() - started) - (time.monotonic() - ticked))
    if datetime.now(UTC) < _NOT_BEFORE:
        yield Finding("clock", Condition.UNSAFE, f"the clock says {datetime.now(UTC):%Y-%m-%d}, before this was made")
    elif drift_s > 0.02:
        yield Finding("clock", Condition.UNSAFE, f"the clock jumped by {drift_s:.3f} s while it was looked at")
    else:
        yield Finding("clock", Condition.OK, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, running evenly")
    synchronised = _is_synchronised()
    yield Finding(
        "time source",
        {True: Condition.OK, False: Condition.WARN, None: Condition.UNKNOWN}[synchronised],
        {
            True: "the kernel says the clock is kept by a time server",
            False: "the kernel says no time server keeps the clock: what we say of time is worth less",
            None: "the kernel does not say whether a time server keeps the clock",
        }[synchronised],
    )


class _Timex(ctypes.Structure):
    """The head of struct timex (adjtimex(2)); the rest is room for what the kernel writes behind it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def _is_synchronised() -> bool | None:
    """What the kernel believes of its clock; None where it does not say."""
    asked = _Timex()
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "adjtimex") or libc.adjtimex(ctypes.byref(asked)) < 0:
        return None
    return not asked.status & _STA_UNSYNC
