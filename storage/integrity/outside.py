"""What others have signed of the ledger, as a package carries it: a folder for each checkpoint somebody signed too."""

import base64
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from storage.errors import Altered
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.merkle import verify_consistency
from storage.integrity.note import Note, strict_base64

FOLDER = "data/ledger/outside/"
CHECKPOINT, CONSISTENCY = "checkpoint", "consistency"
TSR, OTS = ".tsr", ".ots"
"""How the names of time stamps end: tokens of RFC 3161, and proofs of OpenTimestamps."""


class Contradiction(Altered):
    """A file of what others signed that does not belong to this package's ledger; `subject` names it."""

    def __init__(self, subject: str, sentence: str) -> None:
        super().__init__(sentence)
        self.subject = subject


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that others have signed, shown to be a beginning of the package's own; `tokens` are names."""

    size: int
    whole: bytes
    text: bytes
    tokens: tuple[str, ...]


def consistency_text(proof: Collection[bytes]) -> bytes:
    """A consistency proof as a file: one hash a line, in base64."""
    return "".join(f"{base64.b64encode(one).decode()}\n" for one in proof).encode()


def seen(names: Collection[str], read: Callable[[str], bytes], newest: Checkpoint) -> Iterator[Seen]:
    """Every checkpoint under `FOLDER`, the smallest first, each a beginning of `newest`. Raises: Contradiction."""
    sizes = {name.removeprefix(FOLDER).split("/")[0] for name in names if name.startswith(FOLDER)}
    for told in sorted(sizes, key=lambda one: (len(one), one)):
        folder = f"{FOLDER}{told}/"
        whole = read(f"{folder}{CHECKPOINT}")
        try:
            text = Note.parse(whole).text
            checkpoint = Checkpoint.parse(text)
            hashes = [strict_base64(line) for line in read(f"{folder}{CONSISTENCY}").decode().split("\n")[:-1]]
        except (Altered, ValueError) as wrong:
            raise Contradiction(f"{folder}{CHECKPOINT}", "its checkpoint or proof is not spelled as one") from wrong
        if str(checkpoint.size) != told or checkpoint.origin != newest.origin:
            raise Contradiction(f"{folder}{CHECKPOINT}", "this checkpoint is one of another log or size")
        if not verify_consistency(checkpoint.size, newest.size, checkpoint.root, newest.root, hashes):
            raise Contradiction(f"{folder}{CONSISTENCY}", "this checkpoint is no beginning of the package's own")
        tokens = sorted(name for name in names if name.startswith(folder) and is_token(name))
        yield Seen(checkpoint.size, whole, text.encode(), tuple(tokens))


def is_token(name: str) -> bool:
    """Whether a file is a time stamp."""
    return name.endswith((TSR, OTS))
