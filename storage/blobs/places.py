"""Where a store of bytes is: a folder, or a bucket behind an S3 address."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

FIRST, SECOND = "first", "second"


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder on a disk of this machine."""

    root: Path

    def __str__(self) -> str:
        return f"folder {self.root}"


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket, or what lies in it under `prefix`; `retention_days` > 0 asks the store to lock each file so long."""

    endpoint: str
    bucket: str
    region: str
    prefix: str
    access_key: SecretStr
    secret_key: SecretStr
    retention_days: int = 0

    def __str__(self) -> str:
        return f"{self.endpoint}/{self.bucket}/{self.prefix}".rstrip("/")


Place = FolderPlace | S3Place


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files are kept: first here, and, where there is a second store, there as well."""

    first: Place
    second: Place | None = None
