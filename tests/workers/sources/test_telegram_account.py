"""Posts by account: real Telethon in a real box through the real proxy, to a server of ours that speaks MTProto."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from telethon.tl import types

from storage.domain import telegram_account
from storage.domain.telegram_account import TelegramAccount
from storage.domain.vocab import FileRole, Outcome
from storage.errors import ArchiveError
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from tests.capturing import LIMITS, Desk, Exit, egress
from tests.mtproto import Refusal
from tests.site import Site
from tests.telegram_house import (
    API_HASH,
    CHANNEL,
    CODE,
    PASSWORD,
    PHONE,
    PRIVATE,
    House,
    photo,
    post,
    telegram,
    video,
)
from workers.loan import AccountLoan
from workers.sandbox import Sandbox
from workers.sources.base import Fetched
from workers.sources.telegram import Telegram
from workers.sources.telegram_box import Line
from workers.sources.telegram_login import Asking, sign_in

TEXT = "Звернення \U0001f54a мобілізованих: тут"
ENTITIES = [types.MessageEntityTextUrl(TEXT.index("тут") + 1, 3, "https://example.org/more")]


@pytest.fixture(scope="module")
def house(site: Site) -> Iterator[House]:
    film, other = site.media.direct, (site.media.folder / "other.mp4").read_bytes()
    files = {1: film, 2: other, 3: (site.media.folder / "thumb.jpg").read_bytes(), 4: film[: len(film) // 2]}
    forwarded = types.MessageFwdHeader(datetime(2023, 2, 24, tzinfo=UTC), from_id=types.PeerChannel(77), channel_post=5)
    public = [
        post(100, text="A neighbour"),
        post(110, media=video(1, film), text=TEXT, entities=ENTITIES, grouped_id=9, views=12345, forwards=67,
             edit_date=datetime(2023, 2, 26, tzinfo=UTC), fwd_from=forwarded, post_author="Editor",
             reply_to=types.MessageReplyHeader(reply_to_msg_id=99)),
        post(111, media=video(2, other, round_message=True), grouped_id=9),
        post(112, media=photo(3, files[3]), grouped_id=9),
        post(119, media=video(4, film), grouped_id=10),
        post(120, media=video(1, film), grouped_id=10),
    ]  # fmt: skip
    private = [post(5, PRIVATE, media=photo(3, files[3]), text="Members see this")]
    with telegram(files, {CHANNEL: public, PRIVATE: private}) as made:
        yield made


@pytest.fixture(scope="module")
def way_out(site: Site, house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exit]:
    with egress(tmp_path_factory.mktemp("egress"), site.address, ("127.0.0.1", house.server.port)) as out:
        yield out


@pytest.fixture(scope="module")
def account(house: House, way_out: Exit, tmp_path_factory: pytest.TempPathFactory) -> TelegramAccount:
    """An account that has signed in, with a code and a password."""
    line = Line(Sandbox(LIMITS), way_out.ticket(), tmp_path_factory.mktemp("login"))
    answers = iter([PHONE, "00000", CODE, PASSWORD])
    fresh = telegram_account.read(json.dumps(house.account()))
    signed = sign_in(line, fresh, Asking(ask=lambda _: next(answers), ask_hidden=lambda _: next(answers)))
    assert [*line.folder.iterdir()] == []
    return signed


def lending(desk: Desk, url: str, account: TelegramAccount) -> tuple[AccountLoan, Fetched | ArchiveError]:
    site, _, _ = url.removeprefix("http://").partition("/")
    loan = AccountLoan("t.me", 1, account)
    try:
        return loan, Telegram(base=f"http://{site}").fetch(replace(desk.context({"url": url}), account=loan))
    except ArchiveError as error:
        return loan, error


def brought(fetched: Fetched | ArchiveError) -> Fetched:
    assert isinstance(fetched, Fetched), fetched
    return fetched


def digests(fetched: Fetched, kind: str) -> list[Digest]:
    return [Digest.of(one.path.read_bytes()) for one in fetched.products if one.kind == kind and one.path]


def test_signing_in_asks_again_for_what_was_mistyped_and_learns_when_the_session_ends(account: TelegramAccount) -> None:
    assert account.session
    assert account.idle_days == 183
    assert account.expires_at is not None
    assert API_HASH not in repr(account)
    assert account.session not in repr(account)


def test_what_a_guest_is_not_shown_comes_whole_and_in_order_with_all_that_telegram_says(
    site: Site, desk: Desk, house: House, account: TelegramAccount
) -> None:
    loan, found = lending(desk, site.url("/appeals/110"), account)
    fetched = brought(found)
    assert (fetched.outcome, fetched.tool) == (Outcome.CAPTURED, "telethon")
    assert digests(fetched, "original") == [Digest.of(house.files[1]), Digest.of(house.files[2])]
    assert digests(fetched, "photo") == [Digest.of(house.files[3])]
    said = fetched.identity
    assert (said["description"], said["links"]) == (TEXT, ["https://example.org/more"])
    assert (said["channel"], said["channel_id"], said["uploader"]) == ("Звернення", str(CHANNEL), "Editor")
    assert (said["view_count"], said["repost_count"], said["reply_to"]) == (12345, 67, 99)
    assert (said["timestamp"], said["edited_at"]) == ("2023-02-25T08:15:00+00:00", "2023-02-26T00:00:00+00:00")
    assert said["forwarded_from"] == "Source"
    assert said["addresses"] == [site.url(f"/appeals/{number}") for number in (110, 111, 112)]
    assert fetched.products[1].payload["is_round"]
    assert fetched.collection["session"] == "account, after a guest was refused"
    assert fetched.collection["handed_over"]["session"] == "guest"
    assert (loan.used, loan.failure, loan.returned) == (True, None, account)
    leads = [(way["host"], way["port"]) for way in fetched.collection["connections"]]
    assert leads == [(site.address[0], site.address[1]), ("127.0.0.1", house.server.port)]


def test_the_account_stands_in_no_product_no_record_and_no_file_that_is_left(
    site: Site, desk: Desk, account: TelegramAccount
) -> None:
    fetched = brought(lending(desk, site.url("/appeals/110"), account)[1])
    told = json.dumps([fetched.collection, fetched.identity, [product.payload for product in fetched.products]])
    canonical(fetched.collection)
    left = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert {product.path for product in fetched.products if product.path} <= set(left)
    for secret in (account.session, API_HASH):
        assert secret not in told
        assert not [path.name for path in left if secret.encode() in path.read_bytes()]
    [said] = [product for product in fetched.products if product.kind == "info_json"]
    assert said.sealed
    assert b"access_hash" not in Path(str(said.path)).read_bytes()


def test_a_private_channel_is_read_by_its_member_and_pictures_are_originals(
    site: Site, desk: Desk, house: House, account: TelegramAccount
) -> None:
    fetched = brought(lending(desk, site.url(f"/c/{PRIVATE}/5"), account)[1])
    [picture] = [one for one in fetched.products if one.role is FileRole.ORIGINAL]
    assert (picture.kind, picture.media_type) == ("photo", "image/jpeg")
    assert digests(fetched, "photo") == [Digest.of(house.files[3])]
    assert fetched.identity["post_id"] == f"c/{PRIVATE}/5"


def test_a_file_that_ends_early_leaves_the_others_and_is_told(
    site: Site, desk: Desk, house: House, account: TelegramAccount
) -> None:
    fetched = brought(lending(desk, site.url("/appeals/119"), account)[1])
    assert (fetched.outcome, fetched.sentence) == (Outcome.PARTIAL, "1 of 2 videos of this post could be kept whole.")
    assert digests(fetched, "original") == [Digest.of(house.files[1])]


@pytest.mark.parametrize(
    ("path", "refused", "outcome", "failure"),
    [
        ("/appeals/110", ("ResolveUsernameRequest", 420, "FLOOD_WAIT_77"), Outcome.RATE_LIMITED, "rate_limited"),
        ("/appeals/110", ("GetFileRequest", 420, "FLOOD_WAIT_77"), Outcome.RATE_LIMITED, "rate_limited"),
        ("/appeals/110", ("ResolveUsernameRequest", 401, "SESSION_REVOKED"), Outcome.LOGIN_REQUIRED, "login_required"),
        (f"/c/{PRIVATE + 1}/5", None, Outcome.PRIVATE, "private"),
        (f"/c/{PRIVATE}/6", None, Outcome.REMOVED, "removed"),
    ],
)
def test_what_telegram_refuses_gets_its_outcome(
    site: Site, desk: Desk, house: House, account: TelegramAccount,
    path: str, refused: tuple[str, int, str] | None, outcome: Outcome, failure: str,
) -> None:  # fmt: skip
    if refused:
        house.refusals[refused[0]] = Refusal(*refused[1:])
    loan, error = lending(desk, site.url(path), account)
    assert isinstance(error, ArchiveError)
    assert (error.code, loan.failure) == (outcome.value, failure)
    assert error.detail.get("retry_after_s") == (77 if outcome is Outcome.RATE_LIMITED else None)
    assert account.session not in json.dumps(error.detail)


def test_a_data_centre_that_the_way_out_does_not_reach_is_out_of_reach(
    house: House, way_out: Exit, tmp_path: Path
) -> None:
    written = house.account()
    written["server"]["port"] = 1
    line = Line(Sandbox(LIMITS), way_out.ticket(), tmp_path)
    told = line.ask(telegram_account.read(json.dumps(written)), ask="code", phone=PHONE)
    assert told.ending == "unreachable"
    assert {way["denied"] for way in line.ticket.refused()} == {"port 1"}


def test_what_a_guest_was_shown_stays_where_the_account_brings_nothing(
    site: Site, desk: Desk, house: House, account: TelegramAccount
) -> None:
    house.refusals["ResolveUsernameRequest"] = Refusal(420, "FLOOD_WAIT_77")
    loan, found = lending(desk, site.url("/appeals/111"), account)
    fetched = brought(found)
    assert (fetched.outcome, fetched.collection["session"]) == (Outcome.PARTIAL, "guest")
    assert fetched.collection["account"]["outcome"] == loan.failure == "rate_limited"
    assert loan.wait_s == 77
    assert digests(fetched, "original") == [Digest.of(site.media.direct)]


def test_what_a_guest_is_shown_whole_is_captured_as_a_guest(
    site: Site, desk: Desk, house: House, account: TelegramAccount
) -> None:
    before = len(house.server.asked)
    loan, found = lending(desk, site.url("/appeals/101"), account)
    assert brought(found).collection["session"] == "guest"
    assert (loan.used, len(house.server.asked)) == (False, before)
