"""The files of a package, in a folder or in a ZIP archive, read as a stranger's: nothing in it is believed."""

import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from storage.errors import Implausible

MOST_FILES = 100_000
LARGEST_RATIO = 200
LONGEST_NAME = 500
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
    if path.is_dir():
        yield FolderTree(path, _folder_files(path))
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as wrong:
        raise Implausible(f"{path} is neither a folder nor a ZIP archive: {wrong}") from wrong
    with archive:
        yield _zip_tree(archive)


def _folder_files(root: Path) -> dict[str, int]:
    files: dict[str, int] = {}
    for folder, folders, names in os.walk(root, followlinks=False):
        for name in [*folders, *names]:
            path = Path(folder) / name
            found = path.lstat()
            if stat.S_ISDIR(found.st_mode):
                continue
            told = path.relative_to(root).as_posix()
            if not stat.S_ISREG(found.st_mode):
                raise Implausible(f"{told!r} is a link or no regular file")
            files[told] = found.st_size
            if len(files) > MOST_FILES:
                raise Implausible(f"a package has at most {MOST_FILES:,} files")
    check_names(files)
    return files


def _zip_tree(archive: zipfile.ZipFile) -> ZipTree:
    entries = [one for one in archive.infolist() if not one.is_dir()]
    if len(entries) > MOST_FILES:
        raise Implausible(f"a package has at most {MOST_FILES:,} files")
    for one in entries:
        mode = one.external_attr >> 16
        if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            raise Implausible(f"{one.filename!r} is a link or no regular file")
        if one.flag_bits & 1:
            raise Implausible(f"{one.filename!r} is encrypted")
        if one.file_size > LARGEST_RATIO * max(one.compress_size, 1024):
            raise Implausible(f"{one.filename!r} unpacks to more than {LARGEST_RATIO} times its size")
    names = [one.filename for one in entries]
    if len(set(names)) != len(names):
        raise Implausible("two files of the archive have one name")
    tops = {PurePosixPath(name).parts[0] for name in names if name}
    prefix = f"{tops.pop()}/" if len(tops) == 1 and "bagit.txt" not in names else ""
    files = {one.filename.removeprefix(prefix): one.file_size for one in entries}
    check_names(files)
    return ZipTree(archive, prefix, files)


def check_names(names: Mapping[str, int]) -> None:
    """Refuse names that mean something else on some system. Raises: Implausible, naming the first."""
    folded: dict[str, str] = {}
    for name in names:
        if not is_safe(name):
            raise Implausible(f"{name[:LONGEST_NAME]!r} is no name that a file of a package may have")
        twin = folded.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if twin != name:
            raise Implausible(f"{name!r} and {twin!r} are one name on some systems")


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
