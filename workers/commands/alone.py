"""The media analysis of one file or of two, or a copy that hides faces: in a box, but without server or job."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from storage.blobs.plain import open_plain
from storage.domain import flaws
from storage.domain.faces import FacesDocument
from storage.domain.flaws import FlawKind
from storage.errors import InvalidValue
from storage.integrity.digest import Digest, Digester
from storage.settings import Settings
from workers import brought, facing, findings, instruments, viewed
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
        # Sound alone has no fingerprints of pictures.
        findings.flaws(findings.read(folder, "analysis.json", findings.Looked), None)
        content = brought.content(folder, "analysis.json", limit_bytes=findings.DOCUMENT_LIMIT_BYTES)
        return dict(json.loads(content))


def in_words(document: Mapping[str, Any]) -> Iterator[str]:
    """An analysis document for people, a line each: the file, its shots, what was noted of it, and what is amiss."""
    file, shots = document["file"], document["shots"]
    length = (
        f"{duration_s:.2f} s" if isinstance(duration_s := file.get("duration_s"), float | int) else "length unknown"
    )
    yield f"{file['sha256']}  {length}, {len(shots)} shots"
    for shot in shots:
        yield f"  {_span(shot)}  {shot['transition']}"
    for note in document["notes"]:
        yield f"  {note}"
    for kind, span in sorted(flaws.each(document["quality"]), key=lambda flaw: float(flaw[1]["start_s"])):
        # A torn file ends too soon also where nothing tells how much is missing.
        what = _ENDS if kind is FlawKind.CUT_SHORT and span["start_s"] == span["end_s"] else _AMISS[kind]
        yield f"  {_span(span)}  {what}"


_AMISS = {
    FlawKind.UNDECODABLE: "pictures that cannot be decoded",
    FlawKind.DAMAGED: "damaged pictures",
    FlawKind.TIME_JUMP: "no picture: the times leap",
    FlawKind.CUT_SHORT: "missing: the pictures end before",
    FlawKind.SOUND_MISSING: "no sound, where there should be some",
    FlawKind.FRAGMENTS_MISSING: "missing: never served",
    FlawKind.FROZEN: "the picture stands still",
    FlawKind.BLACK: "the picture is black",
    FlawKind.SILENT: "silence",
}
_ENDS = "the pictures end too soon; nothing tells how much is missing"


def _span(span: Mapping[str, Any]) -> str:
    return f"{span['start_s']:10.3f} – {span['end_s']:10.3f} s"


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


def redact(
    settings: Settings, file: Path, target: Path, boxes: Path | None, report: Callable[[Mapping[str, Any]], None]
) -> FacesDocument:
    """Write a copy of `file` to `target` in which faces are behind solid boxes: what was hidden.

    The boxes are those in the document `boxes`, else what the vault's model finds: then that document is written
    beside the copy (`.faces.json`), to be corrected and given back. Where there are no boxes there is no copy.

    Raises: as `analyse`; InvalidValue where a file is there already, there is no model, or `boxes` are not of `file`.
    """
    beside = target.with_name(f"{target.name}.faces.json")
    for path in (target, *([] if boxes else [beside])):
        if path.exists():
            raise InvalidValue(f"{path} is there already; nothing is written over")
    with file.open("rb") as stream:
        own = Digester.of(stream).digest
    with tempfile.TemporaryDirectory(prefix="svidok-") as scratch:
        context = _context(settings, Path(scratch), report)
        found = _given(boxes, own) if boxes else _found(context, settings, file.resolve(), own)
        if not found.tracks:
            return found
        document = Path(scratch) / "faces.json"
        document.write_text(found.model_dump_json(), encoding="utf-8")
        folder = decode(context, file.resolve(), "--copy", "--hide", str(document), also=[document])
        said = findings.read(folder, "copy.json", viewed.Copied)
        findings.check_same(said.file, own)
        _write(folder / said.copy_made.file, target)
    if boxes is None:
        beside.write_text(found.model_dump_json(indent=1), encoding="utf-8")
    return found


def _write(made: Path, target: Path) -> None:
    """A new file, whole or not at all: half a copy would be in the way of the next."""
    with open_plain(made) as stream, target.open("xb") as out:
        try:
            shutil.copyfileobj(stream, out)
        except BaseException:
            target.unlink()
            raise


def _given(boxes: Path, own: Digest) -> FacesDocument:
    try:
        given = FacesDocument.model_validate_json(boxes.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidValue(f"{boxes} is no document of faces (svidok.faces/1): {where} {first['msg']}") from error
    if given.original != own.hex:
        raise InvalidValue(f"the boxes are of another file, sha256:{given.original}, and not of sha256:{own.hex}")
    return given


def _found(context: Context, settings: Settings, file: Path, own: Digest) -> FacesDocument:
    model = instruments.find(settings.vault).faces
    if model is None:
        raise InvalidValue("there is no model that finds faces: `svidok models add FILE`, or give boxes with --faces")
    return facing.look(context, file, own, model)


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
