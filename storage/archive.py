"""The one door for every change: each deed writes its rows and one custody event, in the caller's transaction."""

from storage.deeds.accounts import Accounts
from storage.deeds.audience import Audience
from storage.deeds.copies import Copies
from storage.deeds.desk import Desk
from storage.deeds.dissemination import Dissemination
from storage.deeds.enciphering import Enciphering
from storage.deeds.erasing import Erasing
from storage.deeds.halting import Halting
from storage.deeds.holds import Holds
from storage.deeds.indexing import Indexing
from storage.deeds.intake import Intake
from storage.deeds.looking import Looking
from storage.deeds.matching import Matching
from storage.deeds.outside import Outside
from storage.deeds.positions import Positions
from storage.deeds.registers import Registers
from storage.deeds.saying import Saying
from storage.deeds.sealing import Sealing
from storage.deeds.searching import Searching
from storage.deeds.sessions import Sessions
from storage.deeds.upkeep import Upkeep
from storage.deeds.visiting import Visiting
from storage.deeds.watching import Watching


class Archive(
    Intake,
    Sealing,
    Audience,
    Saying,
    Matching,
    Searching,
    Accounts,
    Sessions,
    Registers,
    Upkeep,
    Desk,
    Positions,
    Dissemination,
    Looking,
    Copies,
    Holds,
    Visiting,
    Watching,
    Erasing,
    Outside,
    Enciphering,
    Indexing,
    Halting,
):
    """The archive in the hands of one actor, inside one transaction; the caller commits or rolls back."""

    __slots__ = ()
