"""The engine as a program of its own, to be run in a box: reads one file, writes its document into one folder."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from storage.domain.faces import FacesDocument
from storage.errors import Rejected
from workers.analysis import program
from workers.analysis.program import REJECTED


def main(arguments: list[str] | None = None) -> int:
    """`python -m workers.analysis [--probe | --viewing | --copy …] [--sound FILE] FILE --out DIR`,
    where a copy takes `[--rewrap | --hide FILE]`, or `--credentials [--trust FILE]`, which
    writes what `analysis.credentials` says it does,
    or `--fingerprints`, which writes `fingerprints.bin` alone, or `--asked`, likewise of a picture or short clip,
    or `--arrival`, which writes `arrival.json` and what `analysis.arrival` says it names.

    Writes `analysis.json` and the keyframes, with `--viewing` also `viewing.json` and what it names; or `probe.json`;
    or `copy.json` and the copy. Prints {"progress": share} lines on standard output.
    A file that can never be analysed leaves `error.json` {"code", "sentence"} and the exit code 3.
    """
    chosen = _parser().parse_args(arguments)
    # OpenCV and NumPy read these when they are loaded, so they are loaded after.
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 26))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from workers.analysis import arrival
    from workers.analysis.copying import copy
    from workers.analysis.documents import probed
    from workers.analysis.engine import analyse, fingerprinted

    try:
        if chosen.credentials:
            from workers.analysis.credentials import read

            read(chosen.file, chosen.out, chosen.trust)
        elif chosen.fingerprints:
            fingerprinted(chosen.file, chosen.out, program.say)
        elif chosen.asked:
            from workers.analysis.asked import fingerprints_asked

            fingerprints_asked(chosen.file, chosen.out, program.say)
        elif chosen.arrival:
            _write(chosen.out / arrival.DOCUMENT, arrival.arrive(chosen.file, chosen.out, program.say))
        elif chosen.probe:
            _write(chosen.out / "probe.json", probed(chosen.file))
        elif chosen.copy:
            hidden = FacesDocument.model_validate_json(chosen.hide.read_bytes()) if chosen.hide else None
            copy(
                chosen.file,
                chosen.out,
                rewrap=chosen.rewrap,
                sound=chosen.sound,
                hidden=hidden,
                on_progress=program.say,
            )
        else:
            document = analyse(chosen.file, chosen.out, program.say, for_viewing=chosen.viewing, sound=chosen.sound)
            _write(chosen.out / "analysis.json", document)
    except Rejected as rejected:
        _write(chosen.out / "error.json", {"code": rejected.code, "sentence": rejected.sentence})
        return REJECTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.analysis", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--probe", action="store_true", help="only what the file says of itself, with all its times")
    parser.add_argument("--viewing", action="store_true", help="also what a player needs")
    parser.add_argument("--copy", action="store_true", help="only a review copy")
    parser.add_argument("--rewrap", action="store_true", help="take over the coded pictures, where that comes out true")
    parser.add_argument("--hide", type=Path, help="a document of faces (svidok.faces/1) that the copy is not to show")
    parser.add_argument("--sound", type=Path, help="the file that holds the sound, where that is another one")
    parser.add_argument("--credentials", action="store_true", help="only its Content Credentials and its tags")
    parser.add_argument("--trust", type=Path, help="certificates, as PEM, of those whose signatures are trusted")
    parser.add_argument("--fingerprints", action="store_true", help="only its fingerprints")
    parser.add_argument("--asked", action="store_true", help="only the fingerprints of a picture or short clip")
    parser.add_argument("--arrival", action="store_true", help="only a first look, at its key frames")
    return parser


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
