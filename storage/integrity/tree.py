"""The files of a package, in a folder or in a ZIP archive, read as a stranger's: nothing in it is believed."""

import json
import os
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from storage.errors import Implausible

MOST_ENTRIES = 100_000
LARGEST_TABLE_BYTES = 64 << 20
LARGEST_RATIO = 200
LONGEST_NAME = 500
_LOCAL_BYTES, _ENTRY_BYTES, _END_BYTES, _END64_BYTES = 30, 46, 22, 76
_CROWD = f"a package has at most {MOST_ENTRIES:,} files and folders"
_ENCRYPTED, _UTF8 = 1, 0x800
_SYSTEMS_OWN = frozenset('<>:"|?*\\')


class Tree(Protocol):
    """Files by their names, which are relative, with `/` between parts."""

    def sizes(self) -> Mapping[str, int]:
        """Every file with its size in bytes."""
        ...

    def open(self, name: str) -> BinaryIO:
        """The bytes of one file."""
        ...


@dataclass(frozen=True, slots=True)
class FolderTree:
    """A package in a folder; a link in it is no file of it."""

    root: Path
    files: Mapping[str, int]

    def sizes(self) -> Mapping[str, int]:
        return self.files

    def open(self, name: str) -> BinaryIO:
        descriptor = os.open(self.root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return os.fdopen(descriptor, "rb")


@dataclass(frozen=True, slots=True)
class ZipTree:
    """A package in a ZIP archive, below the one folder it may have."""

    archive: zipfile.ZipFile
    prefix: str
    files: Mapping[str, int]

    def sizes(self) -> Mapping[str, int]:
        return self.files

    def open(self, name: str) -> BinaryIO:
        opened: BinaryIO = self.archive.open(self.prefix + name)  # type: ignore[assignment]  # reads like a file
        return opened


@contextmanager
def open_tree(path: Path) -> Iterator[Tree]:
    """A package at `path`. Raises: Implausible for what is neither a folder nor a ZIP archive of plain files."""
    try:
        if path.is_dir():
            yield FolderTree(path, _folder_files(path))
            return
        _refuse_crowd(path)
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, OSError) as wrong:
        raise Implausible(f"{_quoted(path.name)} is neither a folder nor a ZIP archive") from wrong
    with archive:
        yield _zip_tree(archive, path)


def _refuse_crowd(path: Path) -> None:
    """Count the entries of an archive before anything reads its table whole: each costs a stranger 50 bytes, us 500.

    What is no table at all is left to the reader to refuse. Source: APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END_BYTES - _END64_BYTES))
        tail = file.read()
        end64, end = tail[:-_END_BYTES], tail[-_END_BYTES:]
        is_large = end64.startswith(b"PK\6\6") and end64[56:].startswith(b"PK\6\7")
        if not end.startswith(b"PK\5\6"):
            raise zipfile.BadZipFile
        (table_bytes,) = struct.unpack_from("<Q", end64, 40) if is_large else struct.unpack_from("<L", end, 12)
        if table_bytes > LARGEST_TABLE_BYTES:
            raise Implausible(f"the table of contents of a package has at most {LARGEST_TABLE_BYTES >> 20} MiB")
        file.seek(max(0, size - _END_BYTES - is_large * _END64_BYTES - table_bytes))
        entries = 0
        while (entry := file.read(_ENTRY_BYTES)).startswith(b"PK\1\2") and len(entry) == _ENTRY_BYTES:
            entries += 1
            if entries > MOST_ENTRIES:
                raise Implausible(_CROWD)
            file.seek(sum(struct.unpack_from("<3H", entry, 28)), os.SEEK_CUR)


def _folder_files(root: Path) -> dict[str, int]:
    files: dict[str, int] = {}
    entries = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        entries += len(folders) + len(names)
        if entries > MOST_ENTRIES:
            raise Implausible(_CROWD)
        for name in [*folders, *names]:
            path = Path(folder) / name
            found = path.lstat()
            if stat.S_ISDIR(found.st_mode):
                continue
            told = path.relative_to(root).as_posix()
            if not stat.S_ISREG(found.st_mode):
                raise Implausible(f"{_quoted(told)} is a link or no regular file")
            files[told] = found.st_size
    check_names(files)
    return files


def _zip_tree(archive: zipfile.ZipFile, path: Path) -> ZipTree:
    """The archive's files, by its one table of contents.

    1. Nothing stands before the first file or after the table, and no two files share bytes: programs that read
    archives from other ends see the same. 2. Every entry is a plain file, and no trap. 3. No name is there twice.
    """
    if not _is_plain(archive, path):
        raise Implausible(f"{_quoted(path.name)} is neither a folder nor a ZIP archive")
    entries = [one for one in archive.infolist() if not one.is_dir()]
    for one in entries:
        _refuse_trap(one)
    names = [one.orig_filename for one in entries]
    if len(set(names)) != len(names):
        raise Implausible("two files of the archive have one name")
    tops = {name.split("/")[0] for name in names}
    prefix = f"{next(iter(tops))}/" if len(tops) == 1 and tops != {""} and "bagit.txt" not in names else ""
    files = {one.orig_filename.removeprefix(prefix): one.file_size for one in entries}
    check_names(files)
    return ZipTree(archive, prefix, files)


def _is_plain(archive: zipfile.ZipFile, path: Path) -> bool:
    end = 0
    for one in sorted(archive.infolist(), key=lambda one: one.header_offset):
        if one.header_offset < end or (end == 0 and one.header_offset):
            return False
        end = one.header_offset + _LOCAL_BYTES + len(one.orig_filename.encode()) + one.compress_size
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(max(0, size - _END_BYTES))
        tail = file.read()
    return end <= archive.start_dir and tail.startswith(b"PK\5\6") and tail.endswith(b"\0\0") and not archive.comment


def _refuse_trap(one: zipfile.ZipInfo) -> None:
    name, mode = _quoted(one.orig_filename), one.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        raise Implausible(f"{name} is a link or no regular file")
    if one.flag_bits & _ENCRYPTED:
        raise Implausible(f"{name} is encrypted")
    is_stored = one.compress_type == zipfile.ZIP_STORED
    if not is_stored and one.compress_type != zipfile.ZIP_DEFLATED:
        raise Implausible(f"{name} is packed in a way that packages are not")
    if is_stored and one.file_size != one.compress_size:
        raise Implausible(f"{name} is packed in a way that packages are not")
    if one.file_size > LARGEST_RATIO * max(one.compress_size, 1024):
        raise Implausible(f"{name} unpacks to more than {LARGEST_RATIO} times its size")
    if not one.orig_filename.isascii() and not one.flag_bits & _UTF8:
        raise Implausible(f"{name} is no name that a file of a package may have")


def check_names(names: Mapping[str, int]) -> None:
    """Refuse names that mean something else on some system. Raises: Implausible, naming the first."""
    folded: dict[str, str] = {}
    for name in names:
        if not is_safe(name):
            raise Implausible(f"{_quoted(name)} is no name that a file of a package may have")
        # Not `casefold`: browsers have no such thing, and must find the same.
        twin = folded.setdefault(unicodedata.normalize("NFC", name.upper().lower()), name)
        if twin != name:
            raise Implausible(f"{_quoted(name)} and {_quoted(twin)} are one name on some systems")


def is_safe(name: str) -> bool:
    """Whether a relative name stays inside and means the same everywhere."""
    parts = name.split("/")
    return (
        0 < len(name) <= LONGEST_NAME
        and name.isprintable()
        and unicodedata.normalize("NFC", name) == name
        and not _SYSTEMS_OWN.intersection(name)
        and all(part and part not in (".", "..") and not part.endswith((" ", ".")) for part in parts)
    )


def _quoted(name: str) -> str:
    """A name as JSON: nothing in it moves a cursor or turns the direction of writing."""
    return json.dumps(name[:LONGEST_NAME])
