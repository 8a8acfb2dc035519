"""Asking by a picture or a clip: positions of people, no history, so that none of these deeds leaves an event.

What is found are lines and small pictures of items that the asker may list anyway, which are not written down one by
one either; whoever then reads the bytes of one is.
"""

from collections.abc import Sequence

from storage.db import picture_searches
from storage.db.picture_searches import Asked
from storage.deeds.base import Deed
from storage.domain import permissions
from storage.domain.ids import PictureSearchId, new_id
from storage.domain.picture_search import AN_HOUR, KEPT_S, WAITING_AT_MOST, WORKED_AT_MOST_S
from storage.errors import Conflict, InvalidValue, NotFound, TooManySearches, Unavailable


class Searching(Deed):
    """Beginning a search and stopping it. Nothing here is recorded."""

    __slots__ = ()

    def may_ask_by_picture(self) -> None:
        """Whether the actor may begin a search now; what they ask with is not looked at yet.

        Raises: NotAllowed, TooManySearches, Unavailable while too many people's wait.
        """
        self._require(permitted=permissions.may_review(self.actor), deed="search by a picture")
        wait_s = _wait_s(picture_searches.asked_lately(self.session, self.actor.id))
        if wait_s > 0:
            raise TooManySearches(int(wait_s) + 1)
        if picture_searches.under_way(self.session) >= WAITING_AT_MOST:
            raise Unavailable("too many searches by a picture wait already; please try again in a while")

    def ask_by_picture(self, content: bytes) -> str:
        """Begin a search by these bytes; its id.

        Raises: as `may_ask_by_picture`; Conflict while another is under way, which it names.
        """
        self.may_ask_by_picture()
        if not content:
            raise InvalidValue("there is nothing in this file")
        search = new_id(PictureSearchId)
        if not picture_searches.ask(self.session, search, self.actor.id, content):
            busy = Conflict("your last search by a picture is still under way; wait for it, or stop it")
            busy.extensions["search"] = picture_searches.under_way_of(self.session, self.actor.id)
            raise busy
        return search

    def stop_picture_search(self, search_id: str) -> None:
        """Stop a search, or forget what it found. Raises: NotFound for one that is not the actor's."""
        if not picture_searches.stop(self.session, search_id, self.actor.id):
            raise NotFound("there is no such search")


def _wait_s(asked: Sequence[Asked]) -> float:
    """The seconds until enough of what somebody asked, the newest first, is an hour old; 0 where they may ask now."""
    worked_s = 0.0
    for number, one in enumerate(asked, 1):
        worked_s += one.worked_s
        if number >= AN_HOUR or worked_s >= WORKED_AT_MOST_S:
            return max(1.0, KEPT_S - one.age_s)
    return 0.0
