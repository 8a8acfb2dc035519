"""The few calls to an S3 store that we make, typed, each failure told as one of ours."""

import base64
import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from storage.blobs.places import S3Place
from storage.domain import clock
from storage.errors import DiskFull, NotFound, Unavailable

PART_BYTES = 32 << 20
_MOST_PARTS = 9000
_ABSENT = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}
# A condition that did not hold; 409 is how AWS says that somebody else is writing the same key now.
_TAKEN = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_FULL = {"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket of one store. Every method raises Unavailable when the store does not answer or refuses."""

    client: Any
    name: str
    retention_days: int = 0
    part_bytes: int = PART_BYTES

    @classmethod
    def at(cls, place: S3Place) -> "Bucket":
        """Connects at the first call."""
        client = boto3.client(
            "s3",
            endpoint_url=place.endpoint,
            region_name=place.region,
            aws_access_key_id=place.access_key.get_secret_value(),
            aws_secret_access_key=place.secret_key.get_secret_value(),
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                retries={"max_attempts": 3, "mode": "standard"},
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=32,
                # We send our own checksums, and check what we read with our own digests.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        return cls(client, place.bucket, place.retention_days)

    def size_bytes(self, key: str) -> int | None:
        """How many bytes lie under a key, or None for none."""
        try:
            with self._answers(key):
                return int(self.client.head_object(Bucket=self.name, Key=key)["ContentLength"])
        except NotFound:
            return None

    def put(self, key: str, file: BinaryIO, size_bytes: int, sha256: bytes) -> bool:
        """Put the whole of `file` unless something lies there already; whether it was put.

        The store is asked to compare the checksum and to refuse an existing key. Not every store does either:
        whoever puts reads it back.
        """
        file.seek(0)
        if size_bytes > self.part_bytes:
            return self._put_in_parts(key, file, size_bytes)
        try:
            with self._answers(key):
                self.client.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=file.read(),
                    ChecksumSHA256=_base64(sha256),
                    IfNoneMatch="*",
                    **self._lock(self.retention_days),
                )
        except _TakenError:
            return False
        return True

    def put_small(self, key: str, content: bytes, *, lock_days: int = 0, is_new: bool = False) -> str | None:
        """Put bytes, under a lock where asked for; the version the store made. Raises: FileExistsError if `is_new`."""
        try:
            with self._answers(key):
                answer = self.client.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=content,
                    ChecksumSHA256=_base64(hashlib.sha256(content).digest()),
                    **({"IfNoneMatch": "*"} if is_new else {}),
                    **self._lock(lock_days),
                )
        except _TakenError:
            raise FileExistsError(key) from None
        version = answer.get("VersionId")
        return str(version) if version else None

    def read(self, key: str, first: int = 0, last: int | None = None, version: str | None = None) -> Any:
        """A stream of the bytes from `first` to `last`, both included. Raises: NotFound."""
        asked: dict[str, Any] = {"Bucket": self.name, "Key": key}
        if first or last is not None:
            asked["Range"] = f"bytes={first}-{'' if last is None else last}"
        if version is not None:
            asked["VersionId"] = version
        with self._answers(key):
            return self.client.get_object(**asked)["Body"]

    def copy(self, key: str, to: str) -> None:
        """Copy inside the bucket. Raises: NotFound."""
        with self._answers(key):
            self.client.copy_object(Bucket=self.name, Key=to, CopySource={"Bucket": self.name, "Key": key})

    def delete(self, key: str, version: str | None = None) -> None:
        """Delete a key, or one version of it."""
        with self._answers(key):
            self.client.delete_object(
                Bucket=self.name, Key=key, **({"VersionId": version} if version is not None else {})
            )

    def destroy(self, prefix: str) -> int:
        """Delete whatever lies under keys that begin so, with every version there ever was; how many.

        Raises: Unavailable where something is left, because a lock keeps it.
        """
        found = self._versions(prefix)
        for key, version in found:
            self.delete(key, version)
        if left := self._versions(prefix):
            raise Unavailable(
                f"the store keeps {len(left)} versions under {prefix}: a lock holds them until it runs out"
            )
        return len(found)

    def _versions(self, prefix: str) -> list[tuple[str, str | None]]:
        """Keys and their versions; delete markers are versions too. A store without versions lists its keys."""
        try:
            with self._answers(prefix):
                pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=prefix)
                versions = [
                    one for page in pages for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, ())
                ]
                return [(one["Key"], one.get("VersionId")) for one in versions]
        except (NotFound, Unavailable):
            with self._answers(prefix):
                pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
                return [(one["Key"], None) for page in pages for one in page.get("Contents", ())]

    def abort_stale(self, prefix: str, older_than_s: float) -> int:
        """Throw away uploads in parts that nobody finished; how many."""
        swept = 0
        until = clock.now() - timedelta(seconds=older_than_s)
        # One that has nothing of the kind may say so with an error.
        with contextlib.suppress(NotFound), self._answers(prefix):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.name, Prefix=prefix)
            for upload in [one for page in pages for one in page.get("Uploads", ())]:
                begun: datetime = upload["Initiated"]
                if begun < until:
                    self._abort(upload["Key"], upload["UploadId"])
                    swept += 1
        return swept

    def _put_in_parts(self, key: str, file: BinaryIO, size_bytes: int) -> bool:
        part_bytes = max(self.part_bytes, -(-size_bytes // _MOST_PARTS))
        with self._answers(key):
            upload = self.client.create_multipart_upload(
                Bucket=self.name, Key=key, ChecksumAlgorithm="SHA256", **self._lock(self.retention_days)
            )["UploadId"]
        try:
            parts: list[Mapping[str, Any]] = []
            while part := file.read(part_bytes):
                parts.append(self._put_part(key, upload, len(parts) + 1, part))
            with self._answers(key):
                self.client.complete_multipart_upload(
                    Bucket=self.name, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
                )
        except _TakenError:
            self._abort(key, upload)
            return False
        except BaseException:
            with contextlib.suppress(Unavailable, NotFound):
                self._abort(key, upload)
            raise
        return True

    def _put_part(self, key: str, upload: str, number: int, part: bytes) -> Mapping[str, Any]:
        checksum = _base64(hashlib.sha256(part).digest())
        with self._answers(key):
            answer = self.client.upload_part(
                Bucket=self.name, Key=key, UploadId=upload, PartNumber=number, Body=part, ChecksumSHA256=checksum
            )
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}

    def _abort(self, key: str, upload: str) -> None:
        with self._answers(key):
            self.client.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload)

    def _lock(self, days: int) -> Mapping[str, Any]:
        """The strictest lock there is: nobody may shorten it, not even the owner of the account."""
        if not days:
            return {}
        until = clock.now() + timedelta(days=days)
        return {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}

    @contextlib.contextmanager
    def _answers(self, key: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise _told(error, self.name, key) from error
        except BotoCoreError as error:
            raise Unavailable(
                f"the store with the bucket {self.name} does not answer: {type(error).__name__}"
            ) from error


class _TakenError(Exception):
    """Something lies under the key already."""


def _told(error: ClientError, bucket: str, key: str) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    said = {code, status}
    if said & _FULL:
        return DiskFull(f"the store with the bucket {bucket} is full; give it more room and the work goes on")
    if code in _TAKEN or status == "412":
        return _TakenError()
    if code == "NoSuchBucket":
        return Unavailable(f"the store has no bucket {bucket}; make it, or correct the settings")
    if said & _ABSENT:
        return NotFound(f"nothing lies under {key}")
    return Unavailable(f"the store with the bucket {bucket} refuses {error.operation_name}: {code or status}")


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
