"""Asks a source once more whether it is there: the first bytes of a file, or what the tool is told of a post."""

from collections.abc import Mapping
from importlib.metadata import version

from storage.domain.vocab import Outcome
from workers.brought import check_ours
from workers.sandbox import Ending
from workers.sources import fetching, outcomes
from workers.sources.arguments import looking_command
from workers.sources.direct import Direct, check_answer
from workers.sources.fetching import Order
from workers.sources.gathered import gather
from workers.sources.heard import Heard
from workers.sources.record import Record
from workers.sources.telegram import is_members_only
from workers.step import Context

_FIRST_BYTES = 64 << 10
_WALL_S = 60.0
_UNKNOWN = {
    "outcome": Outcome.TOOL_FAILED.value,
    "sentence": "It stands in a private channel, where the archive does not look again: a guest is shown nothing.",
}
_THERE = {"outcome": Outcome.CAPTURED.value, "sentence": "It is still there."}


def look(context: Context) -> Mapping[str, str]:
    """Whether the post is there. Raises: as a capture does, Rejected where the site says that it is not.

    A post that no guest was ever shown is not asked for: what a guest is told of it says nothing.
    """
    if is_members_only(str(context.request["url"])):
        return _UNKNOWN
    return _file(context) if Direct().claims(context.request) else _post(context)


def _file(context: Context) -> Mapping[str, str]:
    url = str(context.request["url"])
    record = Record(context, url, "httpx", version("httpx"))
    order = Order(url, _FIRST_BYTES, _WALL_S, tries=2)
    answer = fetching.get(order, context.scratch / "look", context.sandbox, record.ticket, lambda _: None)
    check_answer(record, answer)
    if answer.ending in ("complete", "size"):
        return _THERE
    raise record.failed(Outcome.UNREACHABLE)


def _post(context: Context) -> Mapping[str, str]:
    url = str(context.request["url"])
    record = Record(context, url, "yt-dlp", version("yt-dlp"))
    folder = context.scratch / "look"
    folder.mkdir()
    heard = Heard(lambda _: None)
    ended = context.sandbox.run(looking_command(url), folder=folder, ticket=record.ticket, on_line=heard.out)
    check_ours(ended)
    heard.err(ended.stderr)
    if record.ticket.refused():
        raise record.blocked()
    if ended.ending is Ending.TIMED_OUT:
        raise record.failed(Outcome.UNREACHABLE)
    if ended.ending is Ending.EXITED and ended.returncode in (0, 101) and not heard.errors:
        return _THERE
    reason = outcomes.of_messages("\n".join(heard.errors)) or Outcome.TOOL_FAILED
    pages = gather(folder).pages
    if reason is Outcome.NOT_MEDIA and pages:
        page = pages[-1].read_bytes().decode("utf-8", errors="replace")
        reason = outcomes.of_page(page, heard.final_url)
    raise record.failed(reason)
