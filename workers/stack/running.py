"""Finds the running stack of a vault, or runs one for as long as it is needed."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import psutil

from storage.errors import Unavailable
from storage.settings import Settings
from workers.stack.vault import ALREADY_RUNNING, Vault

_PATIENCE_S = 90.0


@contextlib.contextmanager
def running_stack(settings: Settings) -> Iterator[str]:
    """The address of the vault's stack, ready to answer; one that we had to start is stopped at the end.

    Raises: Unavailable when none becomes ready.
    """
    vault = Vault(settings.vault)
    url = address_of(vault)
    if url is not None:
        _wait_until_ready(url, None)
        yield url
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "workers.cli", "up", "--no-browser"),
            *("--vault", str(vault.root), "--host", "127.0.0.1", "--port", str(port)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is ours to hear; we end it in order
    )
    try:
        url = _wait_until_ready(f"http://127.0.0.1:{port}", own)
        yield url
    finally:
        own.send_signal(signal.SIGTERM)
        own.communicate()


def address_of(vault: Vault) -> str | None:
    """Where the stack of a vault answers, or None when none runs; it may still be starting."""
    try:
        address = json.loads(vault.address.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    url, pid = str(address["url"]), int(address["pid"])
    if not psutil.pid_exists(pid):
        return None
    place = urlsplit(url)
    # The supervisor takes the port first of all: where nobody listens, the file is left over from a crash.
    with socket.socket(socket.AF_INET6 if ":" in (place.hostname or "") else socket.AF_INET) as probe:
        return url if probe.connect_ex((place.hostname or "", place.port or 80)) == 0 else None


def _wait_until_ready(url: str, own: subprocess.Popen[str] | None) -> str:
    """Wait for 200 at /readyz; where ours lost a race against another's, that other one serves us as well."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if own is not None and own.poll() is not None:
            said = own.communicate()[1]
            raise Unavailable(
                "another svidok is starting on this vault; try again in a moment"
                if own.returncode == ALREADY_RUNNING
                else f"the stack did not start: {said.strip()[-500:]}"
            )
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return url
        time.sleep(0.1)
    raise Unavailable(f"{url} did not become ready within {_PATIENCE_S:.0f} s; the logs in the vault say why")
