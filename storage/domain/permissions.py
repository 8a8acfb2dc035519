"""Who may: one function for each permission, and nothing is permitted elsewhere."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum

from storage.domain.vocab import Role, Sensitivity

_IMPLIED: dict[Role, frozenset[Role]] = {
    Role.LEAD: frozenset({Role.REVIEWER, Role.SUBMITTER}),
    Role.REVIEWER: frozenset({Role.SUBMITTER}),
}


_OPENNESS = (Sensitivity.PUBLIC, Sensitivity.RESEARCHER, Sensitivity.RESTRICTED, Sensitivity.SEALED)


class ActorKind(StrEnum):
    """What stands behind a request."""

    USER = "user"
    KEY = "key"
    OPERATOR = "operator"
    SYSTEM = "system"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person, a key, the vault's operator, the machinery itself, or somebody unknown.

    `roles` are those granted; `may_be` also counts those they imply. `key` is the id of the key that was shown,
    `session` that of the browser's session.
    """

    id: str
    kind: ActorKind
    roles: frozenset[Role] = field(default_factory=frozenset)
    name: str = ""
    key: str | None = None
    session: str | None = None

    def may_be(self, *wanted: Role) -> bool:
        """Whether the actor holds at least one of the roles, granted or implied."""
        return not with_implied(self.roles).isdisjoint(wanted)


def with_implied(roles: Collection[Role]) -> frozenset[Role]:
    """The roles and what they imply: a lead is also a reviewer, a reviewer also a submitter."""
    return frozenset(roles).union(*(_IMPLIED.get(role, frozenset()) for role in roles))


PUBLIC = Actor("public", ActorKind.PUBLIC, name="anybody")
SYSTEM = Actor("system", ActorKind.SYSTEM, name="the archive itself")
OPERATOR = Actor("operator", ActorKind.OPERATOR, frozenset(Role), "the vault's operator")


def may_submit(actor: Actor) -> bool:
    return actor.may_be(Role.SUBMITTER)


def may_see_submission(actor: Actor, submitter_id: str) -> bool:
    """The receipt is for the one who submitted, and for nobody else."""
    return actor.kind not in (ActorKind.PUBLIC, ActorKind.SYSTEM) and actor.id == submitter_id


def may_review(actor: Actor) -> bool:
    """Whether the doors of the workbench open at all; each item is decided by `may_see_item`."""
    return actor.may_be(Role.REVIEWER, Role.STEWARD)


def may_see_item(actor: Actor, sensitivity: Sensitivity) -> bool:
    """Sealed items are for stewards; to everybody else they do not exist."""
    if sensitivity is Sensitivity.SEALED:
        return actor.may_be(Role.STEWARD)
    return may_review(actor)


def may_read_file(actor: Actor, sensitivity: Sensitivity, *, sealed_file: bool) -> bool:
    """Sealed files (the platform's raw answer, say) are for stewards, whatever the item's sensitivity."""
    return may_see_item(actor, sensitivity) and (not sealed_file or actor.may_be(Role.STEWARD))


def may_capture_again(actor: Actor, sensitivity: Sensitivity) -> bool:
    return actor.may_be(Role.REVIEWER) and may_see_item(actor, sensitivity)


def may_assert(actor: Actor, sensitivity: Sensitivity) -> bool:
    """Stewards guard material; saying something about it takes a reviewer."""
    return actor.may_be(Role.REVIEWER) and may_see_item(actor, sensitivity)


def may_work_on(actor: Actor, sensitivity: Sensitivity) -> bool:
    """Editing, drafting, taking on and moving an item are for those who may also say something about it."""
    return may_assert(actor, sensitivity)


def may_cancel_analysis(actor: Actor, sensitivity: Sensitivity) -> bool:
    """Ending the analysis of an item before its time, and beginning it again: for whoever works on it."""
    return may_work_on(actor, sensitivity)


def may_analyse_anew(actor: Actor, sensitivity: Sensitivity) -> bool:
    """Owing the analysis of an item anew takes the machines' time from others: for who keeps an eye on the whole."""
    return may_see_item(actor, sensitivity) and actor.may_be(Role.LEAD, Role.STEWARD, Role.ADMIN)


def may_resume(actor: Actor) -> bool:
    """Trying again what waited for a person; which items is decided by `may_capture_again`."""
    return actor.may_be(Role.REVIEWER)


def may_take_over(actor: Actor) -> bool:
    """Ending somebody else's lease before its time."""
    return actor.may_be(Role.LEAD)


def may_assign(actor: Actor, assignee: str | None, wanted: str | None) -> bool:
    """Anybody who reviews takes on what nobody has, and gives back what is theirs; leads assign anybody."""
    if actor.may_be(Role.LEAD):
        return True
    return actor.may_be(Role.REVIEWER) and assignee in (None, actor.id) and wanted in (None, actor.id)


def may_be_assigned(roles: Collection[Role], sensitivity: Sensitivity) -> bool:
    """Whether somebody with these roles could work on such an item."""
    held = with_implied(roles)
    return Role.REVIEWER in held and (sensitivity is not Sensitivity.SEALED or Role.STEWARD in held)


def may_publish(actor: Actor, sensitivity: Sensitivity) -> bool:
    return actor.may_be(Role.LEAD) and may_see_item(actor, sensitivity)


def may_change_sensitivity(actor: Actor, current: Sensitivity, wanted: Sensitivity) -> bool:
    """Closing an item further, up to sealing it, is for whoever may see it; opening it further for leads and stewards.

    What is sealed is opened by nobody.
    """
    if not may_see_item(actor, current):
        return False
    if _OPENNESS.index(wanted) > _OPENNESS.index(current):
        return True
    return current is not Sensitivity.SEALED and actor.may_be(Role.LEAD, Role.STEWARD)


def may_place_hold(actor: Actor, sensitivity: Sensitivity) -> bool:
    """Ordering that nothing of an item may go is for leads and for stewards; it takes nothing from anybody."""
    return may_list_holds(actor) and may_see_item(actor, sensitivity)


def may_release_hold(actor: Actor, sensitivity: Sensitivity) -> bool:
    """One of the two who let go of a hold: a person at a browser, since two keys or the operator are not two people."""
    return actor.kind is ActorKind.USER and may_place_hold(actor, sensitivity)


def may_list_holds(actor: Actor) -> bool:
    return actor.may_be(Role.LEAD, Role.STEWARD)


def may_erase(actor: Actor, sensitivity: Sensitivity) -> bool:
    """One of the two who erase an item: whoever may let go of a hold, a person at a browser, never a key."""
    return may_release_hold(actor, sensitivity)


def may_read_record(actor: Actor, sensitivity: Sensitivity) -> bool:
    """Published so: to anybody, to researchers, to reviewers and leads, or to stewards alone."""
    match sensitivity:
        case Sensitivity.PUBLIC:
            return True
        case Sensitivity.RESEARCHER:
            return actor.may_be(Role.RESEARCHER, Role.REVIEWER, Role.STEWARD)
        case Sensitivity.RESTRICTED:
            return actor.may_be(Role.REVIEWER, Role.STEWARD)
        case Sensitivity.SEALED:
            return actor.may_be(Role.STEWARD)


def may_describe(actor: Actor) -> bool:
    """Entering units and places into the registers, and describing them anew, takes a reviewer."""
    return actor.may_be(Role.REVIEWER)


def may_watch_work(actor: Actor) -> bool:
    """Looking at the jobs of the whole installation; which of them is decided by `may_watch_item`."""
    return actor.may_be(Role.ADMIN, Role.LEAD)


def may_watch_item(actor: Actor, sensitivity: Sensitivity) -> bool:
    """The work done for a sealed item tells that it is there: only stewards see it."""
    return may_watch_work(actor) and (sensitivity is not Sensitivity.SEALED or actor.may_be(Role.STEWARD))


def may_mend(actor: Actor) -> bool:
    """Trying again what was given up."""
    return may_watch_work(actor)


def may_see_layer(actor: Actor, least: Role) -> bool:
    """An operator's own layers of the map are for the workbench; some for leads or stewards alone."""
    return may_review(actor) and (least is Role.REVIEWER or actor.may_be(least))


def may_examine(actor: Actor) -> bool:
    """Reading what was found out about the installation: its faults, and how much it keeps."""
    return actor.may_be(Role.ADMIN)


def may_keep_examinations(actor: Actor) -> bool:
    """The installation looks at itself; nobody tells it what it has seen."""
    return actor.kind is ActorKind.SYSTEM


def may_keep_signatures(actor: Actor) -> bool:
    """What others have signed of the log is heard and kept by the installation alone."""
    return actor.kind is ActorKind.SYSTEM


def may_change_ledger_key(actor: Actor) -> bool:
    """Who holds the vault's own files, and nobody through a door."""
    return actor.kind is ActorKind.OPERATOR


def may_tend_stores(actor: Actor) -> bool:
    """Copying, reading again and mending what is kept: the installation's own work, or its operator's."""
    return actor.kind in (ActorKind.SYSTEM, ActorKind.OPERATOR)


def may_manage_people(actor: Actor) -> bool:
    """Adding and removing people takes a person or the operator; a key cannot make its holder anything more."""
    return actor.may_be(Role.ADMIN) and actor.kind in (ActorKind.USER, ActorKind.OPERATOR)


def grantable(actor_roles: Collection[Role], wanted: Collection[Role]) -> bool:
    """Whether somebody with `actor_roles` may make another person `wanted`.

    An admin appoints people, but sealed material stays out of reach of admins: only a steward makes a steward.
    """
    return Role.ADMIN in actor_roles and (Role.STEWARD not in wanted or Role.STEWARD in actor_roles)


def may_keep_account(actor: Actor) -> bool:
    """One's own log-ins, password and preferences are for the person in front of the browser, never for a key."""
    return actor.kind is ActorKind.USER


def may_replace_passwords(actor: Actor) -> bool:
    """Giving somebody else a password is giving oneself their roles: for the operator, who could read all as it is."""
    return actor.kind is ActorKind.OPERATOR


def may_keep_site_sessions(actor: Actor) -> bool:
    """Entering an account of the archive's own at a site takes an admin in person, or the operator; never a key."""
    return may_manage_people(actor)


def may_make_key(actor: Actor, wanted: Collection[Role]) -> bool:
    """A person makes keys for what they are themselves; a key never makes a key."""
    return may_keep_keys(actor) and bool(wanted) and with_implied(wanted) <= with_implied(actor.roles)


def may_keep_keys(actor: Actor) -> bool:
    """Looking at keys, making and ending them takes a person or the operator, never a key."""
    return actor.kind in (ActorKind.USER, ActorKind.OPERATOR)


def may_revoke_key(actor: Actor, owner_id: str) -> bool:
    """One's own keys, or anybody's for those who manage people; a key revokes nothing."""
    return may_keep_keys(actor) and (actor.id == owner_id or may_manage_people(actor))


def visible_items(actor: Actor) -> frozenset[Sensitivity]:
    """The sensitivities of the items this actor may know of, for a list to be narrowed before it is counted."""
    return _allowed(may_see_item, actor)


def watched_items(actor: Actor) -> frozenset[Sensitivity]:
    """The sensitivities of the items whose jobs this actor may look at."""
    return _allowed(may_watch_item, actor)


def visible_to_submitters(actor: Actor) -> frozenset[Sensitivity]:
    """The sensitivities of the items of which somebody who submits may learn that their address is known."""
    return frozenset(Sensitivity) if actor.may_be(Role.STEWARD) else frozenset(Sensitivity) - {Sensitivity.SEALED}


def readable_records(actor: Actor) -> frozenset[Sensitivity]:
    """The sensitivities of the records this actor may read."""
    return _allowed(may_read_record, actor)


def _allowed(rule: Callable[[Actor, Sensitivity], bool], actor: Actor) -> frozenset[Sensitivity]:
    return frozenset(sensitivity for sensitivity in Sensitivity if rule(actor, sensitivity))
