"""Whoever asks: what they may, how they want the workbench to be, and their password."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, DoorsDep, KnownActor, SessionDep, only
from api.passwords import Password, checked, place_to_log_in
from api.strict import StrictRoute
from storage.archive import Archive
from storage.db import people
from storage.db.session import transaction
from storage.domain.permissions import (
    Actor,
    ActorKind,
    may_change_sensitivity,
    may_keep_account,
    may_list_holds,
    may_manage_people,
    may_publish,
    may_read_record,
    may_review,
    may_submit,
)
from storage.domain.vocab import Role, Sensitivity
from storage.errors import InvalidValue, NotAllowed, NotFound, WrongCredentials
from storage.integrity import secret

router = APIRouter(route_class=StrictRoute, tags=["people"])
_MOST_KEYS = 200

Action = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._:-]{0,79}$")]
# A physical key (UI Events `code`) with what is held down, such as `Mod+Shift+KeyK`.
Chord = Annotated[str, StringConstraints(pattern=r"^((Mod|Ctrl|Alt|Shift|Meta)\+){0,4}[A-Z][A-Za-z0-9]{1,23}$")]


class Shield(BaseModel):
    """How pictures stand there before somebody asks to see them, and whether sound is off."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["sketch", "blur", "grey", "clear"]
    mute: bool


class Preferences(BaseModel):
    """How somebody wants the workbench to be; null leaves it to the browser."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["en", "uk", "ru"] | None
    theme: Literal["dark", "light"] | None
    density: Literal["compact", "comfortable"]
    shield: Shield
    keys: Annotated[dict[Action, Chord], Field(max_length=_MOST_KEYS)]


UNSAID = Preferences(language=None, theme=None, density="comfortable", shield=Shield(kind="sketch", mute=True), keys={})


class May(BaseModel):
    """What whoever asks may do, for a page to offer no more than that; each door decides for itself."""

    submit: bool
    review: bool
    publish: bool
    manage_people: bool
    hold: bool
    widen: bool = Field(description="let an item be for more people than it is now")
    read_records: bool


class Me(BaseModel):
    """Who we believe is asking. `csrf` goes into the `X-CSRF-Token` header of every change with this session."""

    id: str
    kind: ActorKind
    name: str
    email: str | None
    roles: list[Role]
    may: May
    csrf: str | None
    session: str | None
    preferences: Preferences


class NewPassword(BaseModel):
    """The password as it is, and as it shall be."""

    model_config = ConfigDict(extra="forbid")

    current: Password
    new: SecretStr


@router.get("/me")
def read_me(request: Request, doors: DoorsDep, session: SessionDep, actor: KnownActor) -> Me:
    """Who the session or key in hand makes of its holder."""
    return told_of(session, actor, doors.browsers.secret_of(request))


@router.put("/me/preferences")
def set_preferences(
    said: Preferences,
    archive: ArchiveDep,
    _actor: Annotated[Actor, Depends(only(may_keep_account, "keep preferences"))],
) -> Preferences:
    """Remember how the workbench shall be."""
    archive.keep_preferences(said.model_dump(mode="json"))
    return said


@router.put("/me/password", status_code=204)
def set_password(
    request: Request,
    said: NewPassword,
    doors: DoorsDep,
    actor: Annotated[Actor, Depends(only(may_keep_account, "change this password"))],
    _place: Annotated[None, Depends(place_to_log_in)],
) -> None:
    """Change the password; every other browser is logged out. Wrong tries count as failed log-ins."""
    current, new = said.current.get_secret_value(), said.new.get_secret_value()
    if current == new:
        raise InvalidValue("the new password is the present one")
    with transaction(doors.engine) as session:
        user = people.user(session, actor.id)
    if user is None:
        raise NotFound("There is no such person.")
    try:
        attempt = checked(request, doors, user.email, current)
    except WrongCredentials:
        # 401 would tell the page that nobody is logged in.
        raise NotAllowed("This is not the present password.", code=WrongCredentials.code) from None
    with transaction(doors.engine) as session:
        archive = Archive(session, actor)
        archive.admit(attempt)
        archive.change_password(new)


def told_of(session: Session, actor: Actor, token: str | None) -> Me:
    """What `actor`, who has shown the session's secret `token`, is told of themselves."""
    person = people.user(session, actor.id) if may_keep_account(actor) else None
    return Me(
        id=actor.id,
        kind=actor.kind,
        name=actor.name,
        email=person.email if person else None,
        roles=sorted(actor.roles),
        may=May(
            submit=may_submit(actor),
            review=may_review(actor),
            publish=may_publish(actor, Sensitivity.RESTRICTED),
            manage_people=may_manage_people(actor),
            hold=may_list_holds(actor),
            widen=may_change_sensitivity(actor, Sensitivity.RESTRICTED, Sensitivity.PUBLIC),
            read_records=may_read_record(actor, Sensitivity.RESEARCHER),
        ),
        csrf=secret.forgery_token(token) if token and actor.session else None,
        session=actor.session,
        preferences=_preferences(session, actor),
    )


def _preferences(session: Session, actor: Actor) -> Preferences:
    kept = people.preferences(session, actor.id)
    try:
        return Preferences.model_validate(kept) if kept is not None else UNSAID
    except ValidationError:  # kept by another version of this program
        return UNSAID
