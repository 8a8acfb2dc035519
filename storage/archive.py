"""The one door for every change: each deed writes its rows and one custody event, in the caller's transaction."""

from storage.deeds.accounts import Accounts
from storage.deeds.intake import Intake
from storage.deeds.saying import Saying
from storage.deeds.sealing import Sealing


class Archive(Intake, Sealing, Saying, Accounts):
    """The archive in the hands of one actor, inside one transaction; the caller commits or rolls back."""

    __slots__ = ()
