"""Real S3 stores for tests: SeaweedFS and rclone's, each on loopback ports of its own, started once per process."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr

from storage.blobs.places import S3Place

_ACCESS, _SECRET = "svidok", "a-secret-of-the-tests"
_PATIENCE_S = 120.0


@dataclass
class ObjectStore:
    """A server with a bucket `ready`: its address, how to speak to it behind our back, and how to kill it."""

    kind: str
    endpoint: str
    folder: Path
    argv: Sequence[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> Any:
        """A client with the operator's rights; our own code has no part in it."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=_ACCESS,
            aws_secret_access_key=_SECRET,
            config=Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 1}, connect_timeout=2, read_timeout=30
            ),
        )

    def place(self, bucket: str, prefix: str = "", *, retention_days: int = 0) -> S3Place:
        """Where our own code is told to keep files."""
        secret = SecretStr(_SECRET)
        return S3Place(self.endpoint, bucket, "us-east-1", prefix, SecretStr(_ACCESS), secret, retention_days)

    def new_bucket(self, name: str, *, locked: bool = False) -> str:
        self.client.create_bucket(Bucket=name, **({"ObjectLockEnabledForBucket": True} if locked else {}))
        return name

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.argv, stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
        until = time.monotonic() + _PATIENCE_S
        while not self._can_be_written_to():
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"{self.kind} does not run:\n{(self.folder / 'log').read_text()[-800:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    @contextlib.contextmanager
    def running(self) -> Iterator["ObjectStore"]:
        self.start()
        try:
            yield self
        finally:
            self.kill()

    def _can_be_written_to(self) -> bool:
        known = (self.client.exceptions.BucketAlreadyOwnedByYou, self.client.exceptions.BucketAlreadyExists)
        try:
            with contextlib.suppress(*known):
                self.client.create_bucket(Bucket="ready")
            self.client.put_object(Bucket="ready", Key="ready", Body=b"ready")
        except (BotoCoreError, ClientError):
            return False
        return True


def _ports(count: int) -> list[int]:
    """Free ports of this moment, with room for the gRPC port that some servers put 10000 above."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def seaweedfs_of(folder: Path) -> ObjectStore:
    rights = {"name": "tests", "credentials": [{"accessKey": _ACCESS, "secretKey": _SECRET}]}
    rights["actions"] = ["Admin", "Read", "Write", "List", "Tagging"]  # type: ignore[assignment]
    (folder / "s3.json").write_text(json.dumps({"identities": [rights]}))
    (folder / "data").mkdir()
    names = ("master", "volume", "filer", "s3")
    ports = _ports(2 * len(names))
    argv = [f"{Path(sys.executable).parent}/weed", "server", "-filer", "-s3", f"-dir={folder / 'data'}"]
    argv += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={folder / 's3.json'}"]
    for index, name in enumerate(names):
        argv += [f"-{name}.port={ports[2 * index]}", f"-{name}.port.grpc={ports[2 * index + 1]}"]
    argv += ["-s3.port.iceberg=0", "-s3.port.lance=0", f"-filer.localSocket={folder / 'filer.sock'}"]
    argv += [f"-s3.localSocket={folder / 's3.sock'}"]
    argv += ["-master.volumeSizeLimitMB=64", "-volume.max=100", "-master.telemetry=false"]
    return ObjectStore("seaweedfs", f"http://127.0.0.1:{ports[6]}", folder, argv)


def rclone_of(folder: Path) -> ObjectStore:
    (folder / "data").mkdir()
    [port] = _ports(1)
    argv = [f"{Path(sys.executable).parent}/rclone", "serve", "s3", str(folder / "data"), f"--addr=127.0.0.1:{port}"]
    argv += [f"--auth-key={_ACCESS},{_SECRET}", f"--config={folder / 'none.conf'}", "--vfs-cache-mode=off"]
    return ObjectStore("rclone", f"http://127.0.0.1:{port}", folder, argv)
