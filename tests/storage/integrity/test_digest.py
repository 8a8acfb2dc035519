"""Both digests are those of the standard library, however the bytes come."""

import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from storage.integrity.digest import CHUNK_BYTES, Digester, chunks

_SIZES = st.lists(st.sampled_from([0, 1, 4096, (1 << 18) - 1, 1 << 18, CHUNK_BYTES]), max_size=6)


@given(sizes=_SIZES, seed=st.integers(0, 255))
def test_pieces_of_any_size_give_the_digests_of_the_whole(sizes: list[int], seed: int) -> None:
    pieces = [bytes([(seed + at) % 256]) * size for at, size in enumerate(sizes)]
    digester = Digester()
    for piece in pieces:
        digester.update(piece)
    whole = b"".join(pieces)
    assert digester.digest.raw == hashlib.sha256(whole).digest()
    assert digester.sha512 == hashlib.sha512(whole).hexdigest()
    assert digester.size_bytes == len(whole)


def test_a_stream_longer_than_a_piece_is_read_to_its_end() -> None:
    whole = bytes(range(256)) * 9000
    digester = Digester()
    for piece in chunks(io.BytesIO(whole)):
        digester.update(piece)
    assert digester.sha512 == hashlib.sha512(whole).hexdigest()
