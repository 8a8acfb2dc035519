"""How a child process is born and how it ends: leader of its own group, gone when we are, root only where it may be."""

import ctypes
import functools
import os
import signal
import subprocess
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
# Inside its user namespace the child is this user. It must be one every Linux lists, because initdb looks its name up.
_DAEMON = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Birth:
    """How one child starts.

    `orphan_signal` is what the kernel sends it when we die; `unprivileged` is for programs that refuse to be root;
    `inherits` are the only file descriptors besides the standard three that it keeps.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    orphan_signal: signal.Signals = signal.SIGTERM
    unprivileged: bool = False
    inherits: Sequence[int] = ()


def spawn(
    birth: Birth, *, stdin: int = subprocess.DEVNULL, stdout: int | None = None, stderr: int = subprocess.STDOUT
) -> subprocess.Popen[bytes]:
    """Start a child as a group leader; its errors go where its output goes unless told otherwise.

    1. Where the child may not be root and we are: enter a user namespace that shows root as an ordinary user, so that
       no account, no ownership and no mode outside changes; where the kernel refuses that, change the user instead.
    2. Only then ask for the parent-death signal: changing credentials clears it.
    3. Look whether the parent is still there: it may have died before the request.
    """
    argv = list(birth.argv)
    map_users = False
    if birth.unprivileged and os.geteuid() == 0:
        map_users = can_map_users()
        if not map_users:
            argv = [*_other_user(birth.orphan_signal), *argv]
    with warnings.catch_warnings():
        # Newer Pythons warn of code between fork and exec where threads run. Ours makes system calls only, and the
        # supervisor has no threads.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        return subprocess.Popen(
            argv,
            env=dict(birth.environment),
            cwd=birth.folder,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            umask=0o077,
            pass_fds=tuple(birth.inherits),
            preexec_fn=_first_breath(os.getpid(), birth.orphan_signal, map_users=map_users),
        )


def die_with_parent(parent: int, orphan_signal: signal.Signals) -> None:
    """Ask the kernel to send us `orphan_signal` when `parent` dies; leave at once if it is dead already."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(97)


@functools.cache
def can_map_users() -> bool:
    """Whether the kernel lets us make a user namespace (containers often refuse)."""
    try:
        subprocess.run(["/bin/true"], preexec_fn=_show_root_as_daemon, check=True)
    except (subprocess.SubprocessError, OSError):
        return False
    return True


def may_own(folder: Path) -> None:
    """Give `folder` to the user an unprivileged child really is: ourselves, or another where we cannot map users."""
    owner = _DAEMON if os.geteuid() == 0 and not can_map_users() else os.geteuid()
    if folder.stat().st_uid == owner:
        return
    for root, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(Path(root, name), owner, owner, follow_symlinks=False)


def end_group(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Signal the whole group a child leads, its orphans included; nothing happens when nobody is left."""
    try:
        os.killpg(pid, how)
    except ProcessLookupError:
        return


def _first_breath(parent: int, orphan_signal: signal.Signals, *, map_users: bool) -> Callable[[], None]:
    def first_breath() -> None:
        if map_users:
            _show_root_as_daemon()
        die_with_parent(parent, orphan_signal)

    return first_breath


def _show_root_as_daemon() -> None:
    user, group = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{_DAEMON} {user} 1"),
        ("gid_map", f"{_DAEMON} {group} 1"),
    ):
        Path("/proc/self", name).write_text(content)


def _other_user(orphan_signal: signal.Signals) -> list[str]:
    """A prefix that runs the rest as another user who may still enter our private folders."""
    return [
        *("setpriv", f"--reuid={_DAEMON}", f"--regid={_DAEMON}", "--clear-groups", "--no-new-privs"),
        *("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override", "--bounding-set=-all,+dac_override"),
        *(f"--pdeathsig={orphan_signal.name.removeprefix('SIG')}", "--"),
    ]
