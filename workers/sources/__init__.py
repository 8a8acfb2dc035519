"""Every way to bring bytes in, in one tuple one can see; the first that claims a request gets it."""

from workers.sources.base import Source
from workers.sources.direct import Direct
from workers.sources.telegram import Telegram
from workers.sources.upload import Upload
from workers.sources.ytdlp import YtDlp

SOURCES: tuple[Source, ...] = (Upload(), Direct(), Telegram(), YtDlp())
