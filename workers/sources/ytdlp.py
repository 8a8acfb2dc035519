"""Pages, posts and streams: yt-dlp in a box, its separate streams kept as served and everything it did written down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from storage.domain import clock
from storage.domain.flaws import FlawKind
from storage.domain.vocab import FileRole, Outcome
from storage.errors import Rejected
from workers.brought import check_ours
from workers.loan import WITH_ACCOUNT, Loan
from workers.sandbox import Ended, Ending
from workers.sources import outcomes
from workers.sources.arguments import ENTRIES, PROGRESS, arguments, command, told
from workers.sources.base import Fetched
from workers.sources.fetching import Order, get
from workers.sources.gathered import Gathered, Stream, formats_told, fragment_list, gather, missing_fragments
from workers.sources.glimpse import Glimpse, look
from workers.sources.heard import Heard
from workers.sources.identity import identity_of, picture_of, post_of
from workers.sources.listing import listing_of
from workers.sources.pace import Pace
from workers.sources.record import Record, plain, without_query
from workers.sources.scrub import scrubbed
from workers.step import Context, Product

_TOLD_LINES = 40
_PICTURE_LIMIT_BYTES = 16 << 20
_PICTURE_WALL_S = 20.0
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp", b"GIF8": "image/gif"}
_CLEAN_EXITS = (0, 101)  # 101: the allowed number of entries was reached
_CUT_SENTENCES = {
    Outcome.TOO_LARGE: "It grew larger than the archive accepts.",
    Outcome.UNREACHABLE: "It broke off before all of it had come.",
    Outcome.REMOVED: "Parts of it no longer exist on the site.",
}


@dataclass(frozen=True, slots=True)
class YtDlp:
    """Takes whatever the web has; the last to be asked."""

    name: str = "yt-dlp"

    def claims(self, request: Mapping[str, Any]) -> bool:
        return "url" in request

    def fetch(self, context: Context, *, earlier: Mapping[str, Any] | None = None) -> Fetched:
        """Fetch the post at the requested address; `earlier` is the record of an attempt that handed it over.

        As a guest first; with the site's session, where there is one, only what a guest is refused.
        """
        try:
            return self._run(context, earlier, None)
        except Rejected as refused:
            if context.loan is None or refused.code not in WITH_ACCOUNT:
                raise
            return self._run(context, earlier, context.loan)

    def _run(self, context: Context, earlier: Mapping[str, Any] | None, loan: Loan | None) -> Fetched:
        """1 run the tool, 2 what is our fault, 3 sort what it left, 4 note how it went, and what a channel
        lists, 5 why it failed if it did, 6 look at what came, 7 hand over whole, in part, or the reason.
        """
        url = str(context.request["url"])
        record = Record(context, url, self.name, version("yt-dlp"))
        if earlier is not None:
            record.facts["handed_over"] = earlier
        record.facts["session"] = "guest" if loan is None else "account, after a guest was refused"
        folder = context.scratch / ("yt-dlp" if loan is None else "yt-dlp-account")
        folder.mkdir()
        heard, pace = Heard(context.report), Pace(PROGRESS)
        hide = loan.hide if loan else str

        def listen(line: str) -> None:
            pace.hear(line)
            heard.out(hide(line))

        limit_bytes = context.sandbox.limits.file_bytes
        called = command(url, limit_bytes=limit_bytes, cookies=loan is not None)
        if loan is not None:
            loan.lay_out(folder)
        ended = context.sandbox.run(called, folder=folder, ticket=record.ticket, on_line=listen, is_lost=pace.is_lost)
        if loan is not None:
            loan.take_back(folder)
            record.facts["pages_withheld"] = loan.clean(folder)
        check_ours(ended)
        heard.err(hide(ended.stderr))
        argv = arguments(url, limit_bytes=limit_bytes, cookies=loan is not None)
        run = _Run(record, ended, heard, gather(folder), argv)
        run.note()
        run.note_listing()
        if loan is not None:
            record.facts, record.identity = loan.hide_in(record.facts), loan.hide_in(record.identity)
        return run.conclude()


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of the tool that has ended."""

    record: Record
    ended: Ended
    heard: Heard
    found: Gathered
    argv: Sequence[str]

    def note(self) -> None:
        """Write down how it went, whatever comes of it."""
        heard, about = self.heard, self.found.about(1)
        self.record.facts |= {
            "redirects": heard.redirects,
            "final_url": without_query(str(about.get("webpage_url") or heard.final_url)),
            "responses": heard.answers,
            "responses_count": heard.answered,
            "clock": heard.clock,
            "argv": told(self.argv),
            "ended": {
                "how": self.ended.ending.value,
                "code": self.ended.returncode,
                "wall_s": round(self.ended.wall_s, 1),
            },
            "formats": formats_told(about),
            "entries": len(self.found.written),
            "http_clients": sorted(heard.clients),
            "impersonation": "browser" if "curl_cffi" in heard.clients else None,
            "errors": [without_query(line) for line in heard.errors[:_TOLD_LINES]],
            "warnings": heard.warnings[:_TOLD_LINES],
        }
        self.record.identity |= identity_of(about, self.record.url, heard.led_to)

    @property
    def lists_many(self) -> bool:
        """Whether the address is a channel or playlist, which nobody meant to submit whole."""
        return self.heard.says("does not pass filter")

    def note_listing(self) -> None:
        """Write down what a channel lists, for somebody to choose from; nothing of it is fetched."""
        if self.lists_many and not self.record.ticket.refused():
            listing = listing_of(self.record)
            if listing is not None:
                self.record.facts["listing"] = listing.told()

    def conclude(self) -> Fetched:
        reason, sentence = self._failure()
        whole = [stream for stream in self.found.originals if stream.is_whole]
        if reason is not None and self.record.ticket.refused():
            raise self.record.blocked()
        if self.heard.says("File is larger than max-filesize"):
            raise self.record.failed(Outcome.TOO_LARGE)
        glimpses = {
            stream: look(stream.path, self.record.context.scratch, self.record.context.sandbox)
            for stream in (self.found.originals if reason else whole)
        }
        seen = {stream: glimpse for stream, glimpse in glimpses.items() if glimpse.decodes}
        if not seen:
            raise self._nothing(reason, sentence, list(glimpses.values()))
        if reason is not None:
            cut = sentence or _CUT_SENTENCES.get(reason) or outcomes.SENTENCES[reason]
            return self._fetched(Outcome.PARTIAL, f"Only a part came. {cut}", seen)
        heard_only = not any(glimpse.has_video for glimpse in seen.values())
        sound = "There is sound and no picture at this address; the sound was captured."
        return self._fetched(Outcome.CAPTURED, sound if heard_only else outcomes.SENTENCES[Outcome.CAPTURED], seen)

    def _failure(self) -> tuple[Outcome | None, str]:
        """Why not everything came, as an outcome and perhaps a sentence; None where everything did."""
        match self.ended.ending:
            case Ending.TIMED_OUT:
                return Outcome.UNREACHABLE, f"After {self.ended.wall_s:.0f} seconds it had not come to its end."
            case Ending.GIVEN_UP:
                return Outcome.UNREACHABLE, "It came so slowly that the archive stopped waiting for the rest."
            case Ending.FOLDER_FULL:
                return Outcome.TOO_LARGE, ""
            case Ending.EXITED:
                pass
            case _:
                return Outcome.TOOL_FAILED, ""
        errors = [line for line in self.heard.errors if not line.startswith("Postprocessing: ")]
        said = "\n".join(errors)
        if "File too large" in said:
            return Outcome.TOO_LARGE, ""
        if errors or (self.ended.returncode not in _CLEAN_EXITS and not self.heard.errors):
            return outcomes.of_messages(said) or Outcome.TOOL_FAILED, ""
        if self.lists_many:
            return (
                Outcome.UNSUPPORTED,
                f"This address lists more than {ENTRIES} videos. Choose which of them to submit.",
            )
        if not any(stream.is_whole for stream in self.found.originals):
            return Outcome.TOOL_FAILED, ""
        return None, ""

    def _nothing(self, reason: Outcome | None, sentence: str, glimpses: Sequence[Glimpse]) -> Exception:
        """The error for a run that brought nothing anybody could see or hear."""
        too_large = next((glimpse for glimpse in glimpses if glimpse.code == "too_large"), None)
        if too_large is not None:
            return self.record.failed(Outcome.TOO_LARGE, too_large.sentence)
        if reason is None:
            return self.record.failed(Outcome.NOT_MEDIA, glimpses[0].sentence if glimpses else "")
        if reason is Outcome.NOT_MEDIA and self.found.pages:
            page = self.found.pages[-1].read_bytes().decode("utf-8", errors="replace")
            reason = outcomes.of_page(page, self.heard.final_url)
        after = next((answer["headers"].get("retry-after") for answer in reversed(self.heard.answers)), None)
        retry_after_s = float(after) if after and after.isdecimal() else None
        return self.record.failed(reason, sentence, retry_after_s=retry_after_s)

    def _fetched(self, outcome: Outcome, sentence: str, seen: Mapping[Stream, Glimpse]) -> Fetched:
        products: list[Product] = []
        digests: dict[Path, str] = {}
        for stream, glimpse in seen.items():
            products += self._original(stream, glimpse, digests)
        products += [self._merged(one, digests) for one in self.found.merged]
        products += self._context()
        return Fetched(
            outcome=outcome,
            sentence=sentence,
            products=products,
            tool=self.record.tool,
            tool_version=self.record.tool_version,
            collection=self.record.collection(),
            identity=plain(self.record.identity),
        )

    def _original(self, stream: Stream, glimpse: Glimpse, digests: dict[Path, str]) -> list[Product]:
        """A stream as served, and beside it the list of the fragments it was joined from."""
        payload: dict[str, Any] = {
            "entry": stream.entry,
            "format_id": stream.format_id or self.found.about(stream.entry).get("format_id"),
            "is_whole": stream.is_whole,
            # A live stream is taken down by ffmpeg, which packs the served pictures and sound anew.
            "as_served": not self.heard.by_ffmpeg,
            "has_video": glimpse.has_video,
            "has_audio": glimpse.has_audio,
        }
        made: list[Product] = []
        if stream.fragments:
            listed = fragment_list(stream)
            digests[stream.path] = str(listed["sha256"])
            joined = {name: value for name, value in listed.items() if name != "fragments"}
            payload |= {"fragments": len(listed["fragments"]), "is_concatenation": listed["is_concatenation"]}
            expected = self.heard.fragments.get(stream.path.name.removesuffix(".part"), 0)
            if (missing := missing_fragments(stream, expected)) is not None:
                payload[FlawKind.FRAGMENTS_MISSING.value] = missing.model_dump()
            file = self.record.context.scratch / f"fragments-{stream.path.name}.json"
            file.write_text(json.dumps(listed))
            made.append(
                Product(
                    "fragments", path=file, payload=joined | {"count": len(listed["fragments"])}, role=FileRole.CONTEXT
                )
            )
        original = Product("original", glimpse.media_type, stream.path, payload=plain(payload), role=FileRole.ORIGINAL)
        return [original, *made]

    def _merged(self, one: Stream, digests: Mapping[Path, str]) -> Product:
        """The playable join of separate streams, with the command that made it."""
        parts = [stream for stream in self.found.originals if stream.entry == one.entry]
        command_told = next((merge for merge in self.heard.merges if f"media.{one.entry}." in merge), None)
        payload = {
            "entry": one.entry,
            "command": command_told,
            "from_formats": [part.format_id for part in parts],
            "from_sha256": [digests.get(part.path) for part in parts],
        }
        kind = {"mp4": "video/mp4", "webm": "video/webm"}.get(one.path.suffix[1:], "video/x-matroska")
        return Product("merged", kind, one.path, payload=plain(payload))

    def _context(self) -> list[Product]:
        """What came with the media: what the tool wrote (sealed, and scrubbed), pages as received, picture, ways."""
        made: list[Product] = []
        scratch = self.record.context.scratch
        for entry, written in sorted(self.found.written.items()):
            about = self.found.about(entry)
            public = scratch / f"scrubbed-{entry}.json"
            public.write_text(json.dumps(scrubbed(about), ensure_ascii=False))
            of = {"entry": entry}
            made.append(Product("info_json", path=written, payload=of, role=FileRole.CONTEXT, sealed=True))
            made.append(Product("info_json_scrubbed", path=public, payload=of, role=FileRole.CONTEXT))
        for number, dump in enumerate(self.found.pages, start=1):
            page = dump.rename(scratch / f"page-{number}")  # the tool named it after the address
            kind = "text/html" if b"<html" in page.read_bytes()[:4096].lower() else "application/octet-stream"
            of = {"number": number}
            made.append(Product("page", kind, path=page, payload=of, role=FileRole.CONTEXT, sealed=True))
        made += self._picture()
        post = post_of(self.record.url, clock.rfc3339(self.record.started_at), self.record.identity)
        made.append(Product("post", payload=plain(post), role=FileRole.CONTEXT))
        ways = scratch / "connections.json"
        ways.write_text(json.dumps([dict(way) for way in self.record.ticket.connections()]))
        made.append(Product("connections", path=ways, role=FileRole.CONTEXT, sealed=True))
        return made

    def _picture(self) -> list[Product]:
        """The post's own thumbnail, fetched last and apart: whatever it does, the media are here already."""
        url = picture_of(self.found.about(1))
        if not url:
            return []
        context = self.record.context
        order = Order(url, _PICTURE_LIMIT_BYTES, _PICTURE_WALL_S, tries=1, idle_s=10.0)
        answer = get(order, context.scratch / "picture", context.sandbox, self.record.ticket, lambda _: None)
        self.record.facts["thumbnail"] = {
            "host": urlsplit(url).hostname,
            "ending": answer.ending,
            "status": answer.status,
        }
        if answer.file is None or answer.ending != "complete":
            return []
        with answer.file.open("rb") as stream:
            head = stream.read(4)
        kind = next((kind for magic, kind in _PICTURES.items() if head.startswith(magic)), None)
        return [Product("thumbnail", kind, path=answer.file, role=FileRole.CONTEXT)] if kind else []
