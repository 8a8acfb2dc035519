"""A session is used only where a guest is refused, comes back as the site left it, and stands nowhere else."""

import json
from dataclasses import replace

import pytest

from storage.domain import jar
from storage.domain.vocab import Outcome
from storage.errors import Rejected
from tests.capturing import Desk
from tests.site import Site
from workers.loan import FILE, Loan
from workers.sources.ytdlp import YtDlp
from workers.step import Context

SECRETS = (b"account-secret-value", b"rotated-secret-value")


def loan(value: str = "account-secret-value") -> Loan:
    return Loan("127.0.0.1", 1, jar.read(f"127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\t{value}\n", "127.0.0.1"))


def lending(desk: Desk, url: str, lent: Loan) -> Context:
    return replace(desk.context({"url": url}), loan=lent)


def test_a_guest_is_refused_and_the_account_is_let_in(desk: Desk, site: Site) -> None:
    lent = loan()
    fetched = YtDlp().fetch(lending(desk, site.url("/members"), lent))
    assert fetched.outcome is Outcome.CAPTURED
    assert fetched.collection["session"].startswith("account")
    assert lent.used
    assert lent.returned is not None
    assert "rotated-secret-value" in lent.returned.text


def test_the_session_stands_in_no_product_no_record_and_no_file_that_is_left(desk: Desk, site: Site) -> None:
    lent = loan()
    fetched = YtDlp().fetch(lending(desk, site.url("/members"), lent))
    told = json.dumps([fetched.collection, fetched.identity, [product.payload for product in fetched.products]])
    files = {product.path for product in fetched.products if product.path}
    left = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert files <= set(left)
    assert FILE not in {path.name for path in left}
    for secret in SECRETS:
        assert secret.decode() not in told
        assert not [path.name for path in left if secret in path.read_bytes()]
    assert not [report for report in desk.reports if "secret" in str(report)]


def test_what_a_guest_is_shown_is_captured_as_a_guest(desk: Desk, site: Site) -> None:
    lent = loan()
    fetched = YtDlp().fetch(lending(desk, site.url("/post"), lent))
    assert fetched.collection["session"] == "guest"
    assert not lent.used
    assert not [asked for asked in site.asked if asked.path == "/post" and "sid=" in asked.headers.get("cookie", "")]


def test_a_session_that_is_no_longer_good_ends_at_the_wall_and_comes_back_to_nobody(desk: Desk, site: Site) -> None:
    lent = loan("a-value-nobody-knows")
    with pytest.raises(Rejected) as refused:
        YtDlp().fetch(lending(desk, site.url("/members"), lent))
    assert refused.value.code == Outcome.LOGIN_REQUIRED
    assert lent.used
    assert "a-value-nobody-knows" not in json.dumps(refused.value.detail)
