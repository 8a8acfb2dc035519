"""Lists of addresses as spreadsheets write them: read line by line, and what is wrong told by line and column."""

import codecs
import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from storage.domain import urls
from storage.domain.vocab import Sensitivity
from storage.errors import InvalidUrl, InvalidValue, Reason, TooLarge, because

LIMIT_BYTES = 10 << 20
MOST_LINES = 1000
_NOTE_LIMIT = 10_000
_COLUMNS = ("url", "note", "sensitivity", "project")
_OTHERS = ", ".join(_COLUMNS[1:])
_NAMED = f"The first line names the columns: url, and if wanted {_OTHERS}."
_BARE = re.compile(r"https?://", re.IGNORECASE)
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line that can be taken; `line` is where it begins in the file, counted from 1."""

    line: int
    url: str
    canonical_url: str
    note: str | None
    sensitivity: Sensitivity
    project: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in one cell, or, without a column, with a whole line."""

    line: int
    column: str | None
    sentence: str
    reason: Reason


@dataclass(slots=True)
class Batch:
    """A list that was read: what can be taken, what is wrong, and which lines repeat an earlier one."""

    wanted: list[Wanted] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    repeats: dict[int, int] = field(default_factory=dict)

    @property
    def distinct(self) -> list[Wanted]:
        """What is to be taken: a line that says the very same as an earlier one says nothing more."""
        said: dict[tuple[str, str | None, str, str], Wanted] = {}
        for one in self.wanted:
            said.setdefault((one.canonical_url, one.note, one.sensitivity.value, one.project), one)
        return list(said.values())


def read(content: bytes, sensitivity: Sensitivity = Sensitivity.RESTRICTED) -> Batch:
    """Read a table whose first line names its columns (`url`, and if wanted `note`, `sensitivity`, `project`), or a
    bare list of addresses, one a line.

    Text is UTF-8 or, with its mark, UTF-16; cells are parted by comma, semicolon or tab. What looks like a formula is
    text here. `sensitivity` is that of the lines which name none; an address that one line seals is sealed in all.
    Raises: InvalidValue where it is no such table at all, TooLarge.
    Source: RFC 4180.
    """
    if len(content) > LIMIT_BYTES:
        raise too_large()
    text = _text(content)
    if not text.strip():
        raise InvalidValue("The list is empty.", reason=because("list_empty"))
    batch = Batch()
    if _BARE.match(text.lstrip()):
        columns: Sequence[str] = ("url",)
        rows = _lines(text)
    else:
        rows = _rows(text)
        columns = _columns(next(rows, (0, []))[1])
    for line, cells in rows:
        if len(batch.wanted) + len({one.line for one in batch.wrong}) >= MOST_LINES:
            sentence = f"The list has more than {MOST_LINES:,} lines. Please part it into several."
            raise TooLarge(sentence, reason=because("list_too_long", most=MOST_LINES))
        _take(batch, line, columns, cells, sensitivity)
    _seal_repeats(batch)
    _find_repeats(batch)
    return batch


def too_large() -> TooLarge:
    """The refusal of a list of more bytes than are taken."""
    limit = LIMIT_BYTES >> 20
    return TooLarge(
        f"The list is larger than the {limit} MiB that are taken.", reason=because("list_too_large", most=limit)
    )


def _text(content: bytes) -> str:
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    try:
        text = content[len(mark) :].decode(_MARKS.get(mark, "utf-8"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        sentence = f'Line {line} is not UTF-8 text. Save the table as "CSV UTF-8" and choose it again.'
        raise InvalidValue(sentence, reason=because("list_encoding", line=line)) from None
    if "\0" in text:
        sentence = "This is not a table of text. Save it as CSV, not as a spreadsheet's own file."
        raise InvalidValue(sentence, reason=because("list_not_text"))
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a bare list: in an address a comma or semicolon parts nothing.

    Raises: InvalidValue for a line that says for whom it is: without columns that would be read as its address.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            if {cell.strip(' "').lower() for cell in re.split("[,;\t]", line)} & set(Sensitivity):
                raise InvalidValue(
                    f"Line {number} says for whom it is, but the first line does not name the columns. {_NAMED}",
                    reason=because("list_audience_without_columns", line=number, columns=_OTHERS),
                )
            yield number, [line.strip()]


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, each with the line it begins in."""
    head = text.lstrip().partition("\n")[0]
    comma = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
    begins_at = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield begins_at, cells
            begins_at = reader.line_num + 1
    except csv.Error as error:
        sentence = f"The row that begins in line {begins_at} cannot be read: {error}."
        raise InvalidValue(sentence, reason=because("list_row", line=begins_at)) from None


def _columns(first: Sequence[str]) -> Sequence[str]:
    names = [name.lower() for name in first]
    for name in names:
        if name and name not in _COLUMNS:
            nearest = difflib.get_close_matches(name, _COLUMNS, n=1)
            offer = f"Did you mean {nearest[0]}?" if nearest else f"There are {', '.join(_COLUMNS)}."
            raise InvalidValue(
                f"There is no column {name[:40]!r}. {offer}",
                reason=because("list_no_such_column", column=name[:40], columns=", ".join(_COLUMNS)),
            )
        if name and names.count(name) > 1:
            sentence = f"The column {name} is there more than once."
            raise InvalidValue(sentence, reason=because("list_column_twice", column=name))
    if "url" not in names:
        raise InvalidValue(_NAMED, reason=because("list_without_columns", columns=_OTHERS))
    return names


def _take(batch: Batch, line: int, columns: Sequence[str], cells: Sequence[str], unsaid: Sensitivity) -> None:
    if any(cells[len(columns) :]):
        sentence = f"This line has {len(cells)} cells, the first line {len(columns)}. Is a text with a comma unquoted?"
        reason = because("cells_surplus", cells=len(cells), columns=len(columns))
        batch.wrong.append(Wrong(line, None, sentence, reason))
        return
    told = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
    wrong = []
    url, canonical = told.get("url", ""), ""
    try:
        url = urls.check(url)
        canonical = urls.canonical(url)
    except InvalidUrl as error:
        missing = Wrong(line, "url", "This line names no address.", because("line_without_url"))
        wrong.append(Wrong(line, "url", error.sentence, error.reason or because("url_form")) if url else missing)
    note = told.get("note", "").replace("\r\n", "\n") or None
    if note is not None and (len(note) > _NOTE_LIMIT or not _is_writable(note)):
        sentence = f"A note has at most {_NOTE_LIMIT:,} characters and no control characters; this one {len(note):,}."
        wrong.append(Wrong(line, "note", sentence, because("note_form", most=_NOTE_LIMIT, length=len(note))))
    sensitivity = told.get("sensitivity", unsaid.value).lower()
    if sensitivity not in set(Sensitivity):
        sentence = f"{sensitivity[:40]!r} is none of {', '.join(Sensitivity)}."
        reason = because("no_such_choice", choices=", ".join(Sensitivity))
        wrong.append(Wrong(line, "sensitivity", sentence, reason))
    batch.wrong += wrong
    if not wrong:
        batch.wanted.append(
            Wanted(line, url, canonical, note, Sensitivity(sensitivity), told.get("project", "main").lower())
        )


def _is_writable(text: str) -> bool:
    return all(unicodedata.category(letter) not in ("Cc", "Cs") or letter in "\n\t" for letter in text)


def _seal_repeats(batch: Batch) -> None:
    """An address that one line seals is sealed in every other: else the other would tell of it."""
    sealed = {one.canonical_url for one in batch.wanted if one.sensitivity is Sensitivity.SEALED}
    batch.wanted = [
        replace(one, sensitivity=Sensitivity.SEALED) if one.canonical_url in sealed else one for one in batch.wanted
    ]


def _find_repeats(batch: Batch) -> None:
    first: dict[str, int] = {}
    for one in batch.wanted:
        if (earlier := first.setdefault(one.canonical_url, one.line)) != one.line:
            batch.repeats[one.line] = earlier
