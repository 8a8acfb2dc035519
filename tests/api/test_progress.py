"""How far a step has come: a share where it is known, whichever way the step tells it."""

from typing import Any

import pytest

from api.progress import plain_steps, steps
from storage.db.positions import Job
from storage.domain.vocab import Lack


@pytest.mark.parametrize(
    ("state", "told", "share"),
    [
        ("running", {"progress": 0.25}, 0.25),
        ("running", {"received_bytes": 50, "expected_bytes": 200}, 0.25),
        ("running", {"received_bytes": 50, "estimated_bytes": 200.0}, 0.25),
        ("running", {"received_bytes": 300, "expected_bytes": 200}, 1.0),
        ("running", {"received_bytes": 50}, None),
        ("running", {"received_bytes": 50, "expected_bytes": 0}, None),
        ("running", {"progress": -3}, 0.0),
        ("running", {"progress": "half"}, None),
        ("running", {"progress": True}, None),
        ("ready", {}, None),
        ("done", {"progress": 0.9}, 1.0),
        ("dead", {"progress": 0.9}, 0.9),
    ],
)
def test_the_share_that_is_done(state: str, told: dict[str, Any], share: float | None) -> None:
    job = Job(
        id="job_1", key="k", queue="media", step="analyse", step_version="1", item_id="itm_1", capture_id="cap_1",
        request={}, state=state, progress=told,
    )  # fmt: skip
    (step,) = steps([job], {})
    assert (step.progress, step.state, step.outcome) == (share, state, state)


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        (Lack.MODEL, "Looking where faces are: not done, for want of a model."),
        (Lack.PROGRAM, "Looking where faces are: not done, for want of a program."),
        (None, "Looking where faces are: done."),
    ],
)
def test_a_step_that_could_not_look_is_not_called_done(lacks: Lack | None, sentence: str) -> None:
    job = Job(
        id="job_1", key="k", queue="media", step="faces", step_version="1", item_id="itm_1", capture_id="cap_1",
        request={}, state="done",
    )  # fmt: skip
    lacking = {("cap_1", "faces"): lacks} if lacks else {}
    (plain,), (step,) = plain_steps([job], {}, lacking), steps([job], lacking)
    assert (plain.sentence, plain.lacks, step.lacks) == (sentence, lacks, lacks)
