"""A copy of an original for a player, made in the box: with exactly its frames, at their times, and with its sound."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage.integrity.digest import Digest
from workers import findings, viewed
from workers.decoding import decode
from workers.step import Context, Made


def copied(
    context: Context, times: Made, sound: Digest | None, *arguments: str, also: Sequence[Path] = ()
) -> tuple[Path, dict[str, Any]]:
    """The copy of the original whose frame times are `times`, and what is to be told of it in a payload.

    `sound` is the original that holds its sound, where that is another one; `also`: files that `arguments` name.

    Raises: Implausible where the copy shows other frames; else as `decode`.
    """
    told, read = times.payload, list(also)
    original, spoken = Digest.parse(told["original"]), ["--copy", *arguments]
    if sound is not None:
        read.append(context.open_local(sound))
        spoken += ["--sound", str(read[-1])]
    folder = decode(context, context.open_local(original), *spoken, also=read)
    said = findings.read(folder, "copy.json", viewed.Copied)
    findings.check_same(said.file, original)
    if times.digest is None:
        raise ValueError("frame times without bytes")
    viewed.check_copy(said, folder, times.digest, told["count"])
    made = said.copy_made
    return folder / made.file, made.model_dump(exclude={"file", "sha256", "size_bytes", "times_sha256"})
