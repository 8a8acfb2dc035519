"""The media analysis of one file by itself: in a box, but without server, vault or job."""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from storage.integrity.digest import Digest
from storage.settings import Settings
from workers import brought, findings
from workers.decoding import decode
from workers.sandbox import Limits, Sandbox
from workers.step import Context


def analyse(settings: Settings, file: Path, report: Callable[[Mapping[str, Any]], None]) -> Mapping[str, Any]:
    """The analysis document of `file`; `report` hears {"progress": share} meanwhile.

    Raises: Rejected where the file cannot be analysed, Implausible, SandboxMissing where no box can be made.
    """
    limits = Limits(
        wall_s=settings.analysis_limit_s,
        memory_bytes=settings.sandbox_memory_bytes,
        processes=settings.sandbox_processes,
        file_bytes=settings.download_limit_bytes,
        folder_bytes=settings.download_limit_bytes,
    )
    with tempfile.TemporaryDirectory(prefix="svidok-") as scratch:
        context = Context(
            inputs=(),
            scratch=Path(scratch),
            sandbox=Sandbox(limits, unsafe=settings.unsafe_no_sandbox),
            open_local=_nothing_kept,
            report=report,
            request={},
        )
        folder = decode(context, file.resolve())
        findings.read(folder, "analysis.json", findings.Analysed)
        content = brought.content(folder, "analysis.json", limit_bytes=findings.DOCUMENT_LIMIT_BYTES)
        return dict(json.loads(content))


def _nothing_kept(digest: Digest) -> Path:
    msg = f"there is no store to open {digest} from"
    raise RuntimeError(msg)
