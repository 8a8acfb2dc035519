"""A filter on system calls for programs in a box: no new namespaces, no mounts, no probing, no odd sockets."""

import errno
import platform
import struct
from dataclasses import dataclass

_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_JUMP_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

# struct seccomp_data, with the low word of an argument first on the two little-endian machines we know.
_NUMBER, _MACHINE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERROR = 0x00050000

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
_NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_X32 = 0x40000000

# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; among those refused is AF_VSOCK, which no network namespace holds back.
_FAMILIES = (1, 2, 10, 16)
# TIOCSTI types into the terminal of whoever started us, TIOCLINUX pastes into a console.
_TERMINAL_TRICKS = (0x5412, 0x541C)

# Calls with the same number on both machines: io_uring_setup, _enter, _register; open_tree, move_mount, fsopen,
# fsconfig, fsmount, fspick, pidfd_getfd, process_madvise, mount_setattr, quotactl_fd.
_COMMON = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442, 443)


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    clone: int
    clone3: int
    ioctl: int
    socket: int
    denied: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        clone=56,
        clone3=435,
        ioctl=16,
        socket=41,
        denied=(
            *(101, 310, 311, 312),  # ptrace, process_vm_readv, process_vm_writev, kcmp
            *(165, 166, 155, 161, 272, 308),  # mount, umount2, pivot_root, chroot, unshare, setns
            *(103, 163, 167, 168, 169, 179),  # syslog, acct, swapon, swapoff, reboot, quotactl
            *(170, 171),  # sethostname, setdomainname
            *(159, 164, 227, 305),  # adjtimex, settimeofday, clock_settime, clock_adjtime
            *(175, 176, 313, 174, 177, 178, 246, 320),  # kernel modules, kexec
            *(248, 249, 250),  # add_key, request_key, keyctl
            *(298, 321, 323, 300, 304),  # perf_event_open, bpf, userfaultfd, fanotify_init, open_by_handle_at
            *(134, 136, 139, 153, 154, 156, 172, 173, 180, 212),  # what nothing has used for long
        ),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        clone=220,
        clone3=435,
        ioctl=29,
        socket=198,
        denied=(
            *(117, 270, 271, 272),  # ptrace, process_vm_readv, process_vm_writev, kcmp
            *(40, 39, 41, 51, 97, 268),  # mount, umount2, pivot_root, chroot, unshare, setns
            *(116, 89, 224, 225, 142, 60),  # syslog, acct, swapon, swapoff, reboot, quotactl
            *(161, 162),  # sethostname, setdomainname
            *(171, 170, 112, 266),  # adjtimex, settimeofday, clock_settime, clock_adjtime
            *(105, 106, 273, 104, 294),  # kernel modules, kexec
            *(217, 218, 219),  # add_key, request_key, keyctl
            *(241, 280, 282, 262, 265),  # perf_event_open, bpf, userfaultfd, fanotify_init, open_by_handle_at
            *(58, 42, 18),  # what nothing has used for long
        ),
    ),
}


def denied(machine: str) -> frozenset[int]:
    """The numbers of the calls that always fail on a machine."""
    numbers = _MACHINES[machine]
    return frozenset({*_COMMON, *numbers.denied, numbers.clone3})


def program(machine: str | None = None) -> bytes | None:
    """The filter as an array of struct sock_filter, or None for a machine whose call numbers we do not know.

    Source: seccomp(2); the lists follow what container engines deny by default. It is the second wall behind
    bubblewrap's namespaces: `clone` with any namespace flag, and the calls above, fail with EPERM; `clone3`, whose
    flags lie in memory a filter cannot read, with ENOSYS, at which the C library falls back to `clone`.
    """
    numbers = _MACHINES.get(machine or platform.machine())
    if numbers is None:
        return None
    steps = [
        _step(_LOAD_WORD, _MACHINE),
        _step(_JUMP_EQUAL, numbers.audit, when=1),
        _step(_RETURN, _KILL),  # a 32-bit program has other numbers for everything
        _step(_LOAD_WORD, _NUMBER),
        *_fail(_step(_JUMP_AT_LEAST, _X32, otherwise=1), errno.ENOSYS),
        *_fail(_step(_JUMP_EQUAL, numbers.clone3, otherwise=1), errno.ENOSYS),
    ]
    for number in (*_COMMON, *numbers.denied):
        refusal = errno.ENOSYS if number in (425, 426, 427) else errno.EPERM
        steps += _fail(_step(_JUMP_EQUAL, number, otherwise=1), refusal)
    namespaces = _fail(_step(_JUMP_ANY_BIT, _NEW_NAMESPACES, otherwise=1), errno.EPERM)
    steps += _judge(numbers.clone, _FIRST_ARGUMENT, namespaces)
    tricks = [step for code in _TERMINAL_TRICKS for step in _fail(_step(_JUMP_EQUAL, code, otherwise=1), errno.EPERM)]
    steps += _judge(numbers.ioctl, _SECOND_ARGUMENT, tricks)
    known = [_step(_JUMP_EQUAL, family, when=len(_FAMILIES) - place) for place, family in enumerate(_FAMILIES)]
    steps += _judge(numbers.socket, _FIRST_ARGUMENT, [*known, _step(_RETURN, _ERROR | errno.EAFNOSUPPORT)])
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def _step(code: int, value: int, *, when: int = 0, otherwise: int = 0) -> bytes:
    """One instruction: its jumps skip so many of the next when the comparison holds, or when it does not."""
    return struct.pack("=HBBI", code, when, otherwise, value)


def _fail(condition: bytes, number: int) -> list[bytes]:
    return [condition, _step(_RETURN, _ERROR | number)]


def _judge(call: int, argument: int, judgement: list[bytes]) -> list[bytes]:
    """Judge one call by an argument; what the judgement lets through is allowed."""
    body = [_step(_LOAD_WORD, argument), *judgement, _step(_RETURN, _ALLOW)]
    return [_step(_JUMP_EQUAL, call, otherwise=len(body)), *body]
