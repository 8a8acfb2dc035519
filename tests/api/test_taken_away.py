"""A role, a key or a log-in that is taken away while a body is arriving: what has come is not handed in any more."""

import http.client
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Role
from tests.api.desk_house import person
from tests.api.house import API, House

V1 = {"Tus-Resumable": "1.0.0"}
PART = V1 | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


def _row_count(house: House) -> int:
    with transaction(house.engine) as session:
        return int(
            session.scalar(text("SELECT (SELECT count(*) FROM submission) + (SELECT count(*) FROM picture_search)"))
        )


def _announced(client: httpx.Client) -> str:
    return str(client.post(f"{API}/uploads", headers=V1 | {"Upload-Length": "40"}).headers["location"])


def _set_roles(house: House, user: str) -> None:
    with transaction(house.engine) as session:
        Archive(session, OPERATOR).set_roles(user, {Role.RESEARCHER})


def _end(house: House, user: str) -> None:
    with transaction(house.engine) as session:
        Archive(session, OPERATOR).end_user(user)


@pytest.mark.parametrize(("take_away", "status"), [(_set_roles, 403), (_end, 401)])
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", f"{API}/uploads", {}),
        ("PATCH", _announced, PART),
        ("POST", f"{API}/batches", {"Content-Type": "text/csv"}),
        ("POST", f"{API}/picture-searches", {"Content-Type": "application/octet-stream"}),
    ],
)
def test_whoever_may_no_longer_hand_in_when_the_last_byte_comes_has_handed_in_nothing(
    house: House,
    method: str,
    path: str | Callable[[httpx.Client], str],
    headers: dict[str, str],
    take_away: Callable[[House, str], None],
    status: int,
) -> None:
    user, client = person(house, "Ann", "reviewer")
    address = path if isinstance(path, str) else path(client)
    before, body = _row_count(house), f"url\n{house.url()}".encode().ljust(40, b"\n")
    where = urlsplit(house.address)
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    line.putrequest(method, address)
    for name, value in (headers | {"Authorization": client.headers["authorization"]}).items():
        line.putheader(name, value)
    line.putheader("Content-Length", str(len(body)))
    line.endheaders(body[:20])
    time.sleep(0.5)  # it is let in, and waits for the rest
    take_away(house, user)
    line.send(body[20:])
    answer = line.getresponse()
    assert (answer.status, _row_count(house)) == (status, before), answer.read()
    line.close()
    client.close()
