"""Where an item may go next in review, by hand: a table of moves, and side states one comes back from."""

from collections.abc import Mapping

from storage.domain.vocab import Workflow

SIDE_STATES = frozenset({Workflow.NEEDS_HELP, Workflow.ON_HOLD, Workflow.DUPLICATE, Workflow.OUT_OF_SCOPE})
"""Beside the road: reached from everywhere with a reason, and left for where the item was."""

CLOSED = SIDE_STATES | {Workflow.PUBLISHED, Workflow.WITHDRAWN}
"""Where an item waits for nobody who might take it on."""

# What is missing here is moved by other deeds (publication), or comes with verification.
_FORWARD_AND_BACK: Mapping[Workflow, frozenset[Workflow]] = {
    Workflow.INTAKE: frozenset({Workflow.TRIAGED}),
    Workflow.TRIAGED: frozenset({Workflow.INTAKE}),
}


def moves(current: Workflow, came_from: Workflow | None) -> frozenset[Workflow]:
    """The states an item may be put into now.

    `came_from` is where it was before it went into a side state, None on the road. Withdrawn items stay where they are.
    """
    if current is Workflow.WITHDRAWN:
        return frozenset()
    if current in SIDE_STATES:
        return (SIDE_STATES - {current}) | (frozenset({came_from}) if came_from else frozenset())
    return SIDE_STATES | _FORWARD_AND_BACK.get(current, frozenset())


def is_allowed(current: Workflow, came_from: Workflow | None, wanted: Workflow) -> bool:
    """Whether an item may be put from `current` into `wanted`."""
    return wanted in moves(current, came_from)


def back_from(current: Workflow, came_from: Workflow | None, wanted: Workflow) -> Workflow | None:
    """What must be remembered with a move into `wanted`: where the item comes back to; None on the road."""
    if wanted not in SIDE_STATES:
        return None
    return came_from if current in SIDE_STATES else current


def needs_reason(wanted: Workflow) -> bool:
    """Whether a move into `wanted` says why."""
    return wanted in SIDE_STATES
