"""What a time stamp in a package proves to somebody who believes some authorities, or has looked up some blocks."""

from storage.integrity import ots, outside, timestamp
from storage.integrity.timestamp import BadStamp
from storage.integrity.trust import Trust


def moment(trust: Trust, name: str, token: bytes, content: bytes) -> str | None:
    """When a token proves that `content` was there; None without anybody who is trusted. Raises: BadStamp."""
    if name.endswith(outside.OTS):
        blocks = ots.verify_blocks(token, content, trust.blocks)
        return f"before block {blocks[0]:,}" if blocks else None
    if not timestamp.is_about(token, content):
        raise BadStamp("it is over other bytes")
    try:
        stamp = timestamp.verify_stamp(token, content, trust.roots)
    except BadStamp:
        return None
    return f"at {stamp.at.isoformat()} by the word of {stamp.authority}"
