"""What the doorbell does: open the door, and work until nothing waits."""

import time

from workers import pipeline
from workers.app import app, bench
from workers.broker import DRAIN

_LONGEST_SHIFT_S = 30.0


@app.task(name=DRAIN)  # type: ignore[untyped-decorator]  # celery ships no types
def drain(queue_name: str) -> None:
    """Work one job after another, those of the rung queue first; a shift ends soon, so that every ring is heard."""
    until = time.monotonic() + _LONGEST_SHIFT_S
    while time.monotonic() < until:
        held = bench().claim(queue_name)
        if held is None:
            return
        pipeline.run(bench(), held)
