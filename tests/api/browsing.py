"""A person at a browser: real cookies, the headers a browser sends of itself, and the token its page remembers."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.api.house import API, House

PASSWORD = "a sentence is a good password"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(slots=True)
class Browser:
    """One browser; `me` is what the archive last said of whoever is logged in."""

    address: str
    client: httpx.Client = field(init=False)
    me: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = {"Origin": self.address, "Sec-Fetch-Site": "same-origin", "User-Agent": FIREFOX}
        self.client = httpx.Client(base_url=self.address, headers=told, timeout=20, trust_env=False)

    def close(self) -> None:
        self.client.close()

    def log_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        answer = self.client.post(f"{API}/sessions", json={"email": email, "password": password})
        if answer.status_code == 201:
            self.me = answer.json()
            self.client.headers["X-CSRF-Token"] = self.me["csrf"]
        return answer

    @property
    def cookie(self) -> str:
        return str(self.client.cookies["svidok_session"])

    def is_known(self) -> bool:
        return self.client.get(f"{API}/me").status_code == 200


def person(house: House, *roles: str) -> dict[str, Any]:
    """Somebody new, whose password is `PASSWORD`."""
    name = house.url().rpartition("/")[2]
    said = {
        "email": f"browsing-{name}@example.org",
        "password": PASSWORD,
        "roles": list(roles),
        "name": f"Olena {name}",
    }
    answer = house.visitor("operator").post(f"{API}/users", json=said)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def opened(house: House) -> Browser:
    """A browser nobody is logged in with."""
    browser = Browser(house.address)
    house.lasting(browser.client)
    return browser


def logged_in(house: House, *roles: str) -> Browser:
    """A browser of somebody new."""
    browser = opened(house)
    answer = browser.log_in(person(house, *roles)["email"])
    assert answer.status_code == 201, answer.text
    return browser
