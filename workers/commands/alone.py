"""The media analysis of one file, or of two side by side: in a box, but without server, vault or job."""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from storage.integrity.digest import Digest, Digester
from storage.settings import Settings
from workers import brought, findings
from workers.copies import matching
from workers.copies.prints import Prints
from workers.decoding import decode
from workers.sandbox import Limits, Sandbox
from workers.step import Context


def analyse(settings: Settings, file: Path, report: Callable[[Mapping[str, Any]], None]) -> Mapping[str, Any]:
    """The analysis document of `file`; `report` hears {"progress": share} meanwhile.

    Raises: Rejected where the file cannot be analysed, Implausible, SandboxMissing where no box can be made.
    """
    with tempfile.TemporaryDirectory(prefix="svidok-") as scratch:
        context = _context(settings, Path(scratch), report)
        folder = decode(context, file.resolve())
        findings.read(folder, "analysis.json", findings.Analysed)
        content = brought.content(folder, "analysis.json", limit_bytes=findings.DOCUMENT_LIMIT_BYTES)
        return dict(json.loads(content))


def match(
    settings: Settings, files: tuple[Path, Path], report: Callable[[Mapping[str, Any]], None]
) -> Mapping[str, Any]:
    """What the first of `files` is to the second; `report` hears {"progress": share}, twice from 0 to 1.

    Raises: as `analyse`; Rejected also where a file has no picture.
    """
    with tempfile.TemporaryDirectory(prefix="svidok-") as scratch:
        context = _context(settings, Path(scratch), report)
        first, second = (fingerprints_of(context, file.resolve()) for file in files)
    return matching.spoken(matching.match(first, second), first, second)


def fingerprints_of(context: Context, file: Path) -> Prints:
    """The fingerprints of `file`, made in a box. Raises: as `decode`; Implausible."""
    folder = decode(context, file, "--fingerprints")
    with file.open("rb") as stream:
        own = Digester.of(stream).digest
    found, _ = findings.fingerprints(folder, own)
    return found


def _context(settings: Settings, scratch: Path, report: Callable[[Mapping[str, Any]], None]) -> Context:
    limits = Limits(
        wall_s=settings.analysis_limit_s,
        memory_bytes=settings.sandbox_memory_bytes,
        processes=settings.sandbox_processes,
        file_bytes=settings.download_limit_bytes,
        folder_bytes=settings.download_limit_bytes,
    )
    return Context(
        inputs=(),
        scratch=scratch,
        sandbox=Sandbox(limits, unsafe=settings.unsafe_no_sandbox),
        open_local=_nothing_kept,
        report=report,
        request={},
    )


def _nothing_kept(digest: Digest) -> Path:
    msg = f"there is no store to open {digest} from"
    raise RuntimeError(msg)
