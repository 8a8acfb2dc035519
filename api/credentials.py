"""What an item's originals say of their own origin, as it was read of them before anything was rewritten."""

from fastapi import APIRouter
from pydantic import ValidationError

from api.deps import DoorsDep, ItemPath, SessionDep, visible_item
from api.queue import Reviewer
from api.shelf import Shelf
from api.strict import StrictRoute
from storage.blobs.base import BlobStore
from storage.db.tables import Holding
from storage.domain.credentials import CredentialsDocument
from storage.errors import Altered, NotFound
from storage.integrity.digest import Digest

router = APIRouter(route_class=StrictRoute, tags=["items"])

_LIMIT_BYTES = 4 << 20


@router.get("/items/{item}/credentials")
def list_credentials(
    item: ItemPath, doors: DoorsDep, session: SessionDep, actor: Reviewer
) -> list[CredentialsDocument]:
    """The newest reading of each original: Content Credentials, and the tags of the file.

    They are words of the file: names, times and places in them are what somebody wrote there. What was
    erased is not told of.
    """
    row = visible_item(session, actor, item)
    newest = {one.payload["original"]: one for one in Shelf(session, row, actor).all("credentials")}
    return [told for _, one in sorted(newest.items()) if (told := _read(doors.blobs, one)) is not None]


def _read(blobs: BlobStore, one: Holding) -> CredentialsDocument | None:
    """The document of one reading, or None where its file is gone. Raises: Altered."""
    if one.sha256 is None:
        return None
    try:
        with blobs.open(Digest.parse(one.sha256)) as kept:
            return CredentialsDocument.model_validate_json(kept.read(_LIMIT_BYTES))
    except NotFound:
        return None
    except ValidationError as error:
        raise Altered(f"the reading kept as sha256:{one.sha256} is not what was written") from error
