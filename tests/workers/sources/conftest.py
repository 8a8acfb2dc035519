"""The way out for all tests of sources, and a folder and a context for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capturing import Desk, Exit, egress
from tests.site import Site


@pytest.fixture(scope="module")
def way_out(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exit]:
    with egress(tmp_path_factory.mktemp("egress"), site.address) as out:
        yield out


@pytest.fixture
def desk(way_out: Exit, tmp_path: Path) -> Desk:
    return Desk(way_out, tmp_path)
