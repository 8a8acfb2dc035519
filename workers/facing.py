"""The look for faces through one file, in the box; what it wrote there is believed as far as it can be so."""

from pathlib import Path

from storage.domain.faces import FacesDocument, FoundFaces
from storage.integrity.digest import Digest
from workers import findings
from workers.analysis import faces
from workers.decoding import run_engine
from workers.models import CENTERFACE, Model
from workers.step import Context


def look(context: Context, path: Path, original: Digest, model: Model) -> FacesDocument:
    """Where faces are in the file at `path`, whose digest is `original`. Raises: as `decode`; Implausible."""
    argv = ["workers.analysis.faces", str(path), "--model", str(model.folder / CENTERFACE)]
    folder = run_engine(context, argv, [path, model.folder], lambda share: context.report({"progress": share}))
    return FacesDocument(original=original.hex, **dict(findings.read(folder, faces.DOCUMENT, FoundFaces)))
