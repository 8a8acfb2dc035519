"""Files that lie: damaged, oversized, endless, or with more streams than sense."""

import random
import struct
import zlib
from collections.abc import Iterator


def broken(film: bytes) -> bytes:
    """The middle of a good file's pictures overwritten with noise; length and index stay."""
    start, length = len(film) * 2 // 5, len(film) // 10
    noise = random.Random(7).randbytes(length)
    return film[:start] + noise + film[start + length :]


def huge(picture: bytes, side: int = 20_000) -> bytes:
    """A QuickTime file with one PNG frame that claims to be `side` pixels wide and high, in container and frame."""
    before = picture[picture.index(b"IHDR") + 4 :][:8]
    header = picture[picture.index(b"IHDR") : picture.index(b"IHDR") + 17]
    claimed = b"IHDR" + struct.pack(">II", side, side) + header[12:]
    lying = picture.replace(
        header + struct.pack(">I", zlib.crc32(header)), claimed + struct.pack(">I", zlib.crc32(claimed))
    )
    width, height = struct.unpack(">II", before)
    sample = struct.pack(">HH", width, height)
    entry = lying.index(b"png ", lying.index(b"stsd"))
    place = lying.index(sample, entry)
    lying = lying[:place] + struct.pack(">HH", side, side) + lying[place + 4 :]
    return lying.replace(struct.pack(">II", width << 16, height << 16), struct.pack(">II", side << 16, side << 16))


def lasting(film: bytes) -> bytes:
    """A Matroska file that claims to last twelve years (its Duration element, in milliseconds)."""
    place = film.index(b"\x44\x89\x88") + 3
    return film[:place] + struct.pack(">d", 4e11) + film[place + 8 :]


def prolific(streams: int = 500) -> bytes:
    """A transport stream whose map announces hundreds of streams."""

    def section(table: int, number: int, body: bytes) -> bytes:
        content = struct.pack(">HBBB", number, 0xC1, 0, 0) + body
        head = struct.pack(">BH", table, 0xB000 | len(content) + 4)
        return head + content + struct.pack(">I", _crc(head + content))

    def packets(pid: int, content: bytes) -> bytes:
        content, packed, counter = b"\0" + content, b"", 0
        while content:
            start = 0x4000 if counter == 0 else 0
            packed += struct.pack(">BHB", 0x47, start | pid, 0x10 | counter & 15) + content[:184].ljust(184, b"\xff")
            content, counter = content[184:], counter + 1
        return packed

    programmes = -(-streams // 150)
    directory = b"".join(struct.pack(">HH", n + 1, 0xE000 | 0x1000 + n) for n in range(programmes))
    film = packets(0, section(0, 1, directory))
    for n in range(programmes):
        entries = b"".join(
            struct.pack(">BHH", 0x1B, 0xE000 | 0x100 + n * 150 + pid, 0xF000)
            for pid in range(min(150, streams - n * 150))
        )
        body = struct.pack(">HH", 0xE000 | 0x100 + n * 150, 0xF000) + entries
        film += packets(0x1000 + n, section(2, n + 1, body))
    return film * 20


def endless() -> Iterator[bytes]:
    """Noise without end."""
    noise = random.Random(3).randbytes(64 << 10)
    while True:
        yield noise


def _crc(content: bytes) -> int:
    """CRC-32/MPEG-2 (ISO 13818-1, annex A)."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc
