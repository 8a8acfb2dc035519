"""One whole stack for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.site import Site
from tests.whole import House, open_house


@pytest.fixture(scope="module")
def house(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole stack on a fresh vault; the loopback site is its only exception to the address policy."""
    with open_house(site, tmp_path_factory.mktemp("house") / "vault") as house:
        yield house
