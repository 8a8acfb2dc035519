"""The way out for all tests of sources, and a folder and a context for each."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.errors import ArchiveError
from tests.capturing import Desk, Exit, egress
from tests.site import Site
from workers.sources.base import Fetched

_AT_ONCE = 3
Attempts = Callable[[Callable[[Desk, str], Fetched]], Mapping[str, Future[Fetched | ArchiveError]]]


@pytest.fixture(scope="module")
def way_out(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exit]:
    with egress(tmp_path_factory.mktemp("egress"), site.address) as out:
        yield out


@pytest.fixture
def desk(way_out: Exit, tmp_path: Path) -> Desk:
    return Desk(way_out, tmp_path)


@pytest.fixture(scope="module")
def attempts(
    request: pytest.FixtureRequest, site: Site, way_out: Exit, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attempts]:
    """Fetches the paths of this module's table of bad input a few at a time, because each mostly waits.

    Only those whose tests were chosen; what became of a path is its attempt or its error.
    """
    paths = [
        str(item.callspec.params["path"])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.getparent(pytest.Module) is request.node
        and item.originalname == "test_bad_input_gets_its_outcome"
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:

        def begin(bring: Callable[[Desk, str], Fetched]) -> Mapping[str, Future[Fetched | ArchiveError]]:
            def attempt(path: str) -> Fetched | ArchiveError:
                try:
                    return bring(Desk(way_out, tmp_path_factory.mktemp("attempt")), site.url(path))
                except ArchiveError as error:
                    return error

            return {path: pool.submit(attempt, path) for path in paths}

        yield begin
