"""The program that asks for what stands around a video, with one more site known to yt-dlp: one that gives comments.

No site of yt-dlp's own that gives comments can be asked on loopback. Imports nothing of ours, like the program.
"""

import json
import runpy
import sys
import time
from collections.abc import Iterator
from typing import Any

from yt_dlp.extractor import gen_extractor_classes
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.globals import extractors


class TalkIE(InfoExtractor):
    """`/talk/NAME` on loopback: comments in three pages; `broken` and `slow` end after one."""

    _VALID_URL = r"http://127\.0\.0\.1:\d+/talk/(?P<id>\w+)"

    def _real_extract(self, url: str) -> dict[str, Any]:
        name = self._match_id(url)
        root = url.partition("/talk/")[0]
        return {
            "id": name,
            "title": "Talk",
            "url": f"{root}/direct.mp4",
            "comment_count": 75,
            "subtitles": {
                "uk": [{"url": f"{root}/track.vtt", "ext": "vtt"}],
                "live_chat": [{"url": f"{root}/track.vtt", "ext": "json"}],
            },
            "automatic_captions": {
                "uk-orig": [{"data": "WEBVTT\n\n00:00.000 --> 00:01.000\nmachine\n", "ext": "vtt"}],
                "../../en": [{"url": f"{root}/track.vtt", "ext": "vtt"}],
            },
            "__post_extractor": self.extract_comments(root, name),
        }

    def _get_comments(self, root: str, name: str) -> Iterator[dict[str, Any]]:
        for page in range(3):
            yield from json.loads(self._download_webpage(f"{root}/talk-{name}.json?page={page}", name))
            if name == "broken":
                raise ValueError(f"{root}/signed?token=very-secret is gone")
            if name == "slow":
                time.sleep(60)


if __name__ == "__main__":
    gen_extractor_classes()
    extractors.value = {"TalkIE": TalkIE, **extractors.value}
    program, sys.argv = sys.argv[1], [sys.argv[0], sys.argv[2]]
    runpy.run_path(program, run_name="__main__")
