"""One whole stack for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.site import Site
from tests.whole import House, open_house


@pytest.fixture(scope="module")
def house(site: Site, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole stack on a fresh vault; it keeps pages where the module says `KEEPS_PAGES`."""
    keeps_pages = getattr(request.module, "KEEPS_PAGES", False)
    with open_house(site, tmp_path_factory.mktemp("house") / "vault", keeps_pages=keeps_pages) as house:
        yield house
