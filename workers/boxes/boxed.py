"""The first program inside a box: lowers its own limits, opens the way to the egress proxy, and runs the real program.

Runs with `python -I -S` and imports nothing of ours. It reads what to do as JSON from one descriptor and writes to
another how the program ended; the program inherits neither.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

_CHUNK_BYTES = 1 << 20
_CONNECTIONS = 64
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_NO_EGRESS = b"HTTP/1.1 502 Egress-Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def main() -> int:
    """1 read the orders, 2 lower the limits, 3 start the program, 4 forward until it ends, 5 tell how it ended."""
    orders_fd, told_fd = int(sys.argv[1]), int(sys.argv[2])
    with open(orders_fd, "rb") as source:  # a descriptor, no path
        orders = json.loads(source.read())
    os.set_inheritable(told_fd, False)
    if orders["parent"]:
        _take_charge(orders["parent"])
    for name, limit in orders["limits"].items():
        _lower(getattr(resource, name), limit)
    listener = _listen(orders["proxy_port"]) if orders["egress"] else None
    _tell(told_fd, {"started": True, "proxy_port": listener.getsockname()[1] if listener else None})
    try:
        pid = _start(orders, listener)
    except OSError as error:
        _tell(told_fd, {"exit": 127, "error": f"{orders['argv'][0]}: {error.strerror}"})
        return 127
    status = _Forwarder(listener, orders["egress"]).run_until_ended(pid)
    if orders["parent"]:
        _end_descendants()
    code = os.waitstatus_to_exitcode(status)
    _tell(told_fd, {"exit": code} if code >= 0 else {"signal": -code})
    return code if code >= 0 else 128 - code


def _tell(told: int, word: Mapping[str, Any]) -> None:
    os.write(told, json.dumps(word).encode() + b"\n")


def _take_charge(parent: int) -> None:
    """Without a box nobody but us ends what the program leaves behind, or all of it when the worker is killed."""

    def end(*_: object) -> None:
        _end_descendants()
        os._exit(1)

    signal.signal(signal.SIGTERM, end)
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # orphans become our children
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def _end_descendants() -> None:
    """Kill and reap, again until none is left, because they may fork while we look."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in _descendants():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.01)


def _descendants() -> set[int]:
    parents = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib would double our start
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123 - as above
                parents[int(name)] = int(stat.read().rpartition(b")")[2].split()[1])
    found: set[int] = set()
    fresh = {os.getpid()}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def _lower(which: int, limit: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(which, (limit, limit))


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def _start(orders: Mapping[str, Any], listener: socket.socket | None) -> int:
    environment = dict(orders["environment"])
    if listener is not None:
        address = f"http://{orders['token']}:ticket@127.0.0.1:{listener.getsockname()[1]}"
        environment |= dict.fromkeys(
            ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "SVIDOK_PROXY"), address
        )
    os.environ["PATH"] = environment["PATH"]  # where the program is looked for
    argv = orders["argv"]
    return os.posix_spawnp(argv[0], argv, environment, setsigmask=(), setsigdef=(signal.SIGPIPE, signal.SIGXFSZ))


class _Way:
    """One direction of one forwarded connection: bytes read from `source` and not yet taken by `sink`."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self.source = source
        self.sink = sink
        self.waiting = b""


class _Forwarder:
    """Carries loopback connections to the egress socket, on one thread, until the program ends."""

    def __init__(self, listener: socket.socket | None, egress: str | None) -> None:
        self._listener = listener
        self._egress = egress
        self._selector = selectors.DefaultSelector()
        self._ways: dict[socket.socket, tuple[_Way, _Way]] = {}  # (out of it, into it)
        self._watched: dict[socket.socket, int] = {}

    def run_until_ended(self, pid: int) -> int:
        """Forward until the program is gone; gives its wait status."""
        if self._listener is None:
            return os.waitpid(pid, 0)[1]
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        child = os.pidfd_open(pid)
        self._selector.register(child, selectors.EVENT_READ)
        while True:
            for key, events in self._selector.select():
                if key.fileobj == child:
                    return os.waitpid(pid, 0)[1]
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._ways:
                    self._move(key.fileobj, events)

    def _accept(self) -> None:
        assert self._listener is not None and self._egress is not None  # noqa: S101, PT018 - for the type checker
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        upstream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if len(self._ways) >= 2 * _CONNECTIONS:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "too many connections")
            upstream.connect(self._egress)
        except OSError:
            client.send(_NO_EGRESS)
            client.close()
            upstream.close()
            return
        out, back = _Way(client, upstream), _Way(upstream, client)
        self._ways[client], self._ways[upstream] = (out, back), (back, out)
        for end in (client, upstream):
            end.setblocking(False)
            self._watch(end)

    def _move(self, end: socket.socket, events: int) -> None:
        out, into = self._ways[end]
        try:
            if events & selectors.EVENT_READ and not out.waiting:
                out.waiting = end.recv(_CHUNK_BYTES)
                if not out.waiting:
                    self._close(end, out.sink)
                    return
                self._flush(out)
            if events & selectors.EVENT_WRITE and into.waiting:
                self._flush(into)
        except BlockingIOError:
            pass
        except OSError:
            self._close(out.source, out.sink)
            return
        for one in (out.source, out.sink):
            self._watch(one)

    def _flush(self, way: _Way) -> None:
        try:
            way.waiting = way.waiting[way.sink.send(way.waiting) :]
        except BlockingIOError:
            return

    def _watch(self, end: socket.socket) -> None:
        """Ask only for what can be used: nothing is read that its other end has no room for."""
        out, into = self._ways[end]
        events = (0 if out.waiting else selectors.EVENT_READ) | (selectors.EVENT_WRITE if into.waiting else 0)
        before = self._watched.get(end, 0)
        self._watched[end] = events
        if before and events and before != events:
            self._selector.modify(end, events)
        elif before and not events:
            self._selector.unregister(end)
        elif events and not before:
            self._selector.register(end, events)

    def _close(self, *ends: socket.socket) -> None:
        for end in ends:
            if self._watched.pop(end, 0):
                self._selector.unregister(end)
            del self._ways[end]
            end.close()


if __name__ == "__main__":
    sys.exit(main())
