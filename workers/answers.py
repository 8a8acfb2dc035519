"""What a step that ends in words, never in failure, tells of the site it asked; and when the site is to be asked again.

Such a step says it as `site_answered` in what it made, as the outcome that a capture would have had.
"""

from collections.abc import Sequence

from sqlalchemy import Engine

from storage import queue
from storage.db import sites
from storage.db.positions import Job
from storage.db.session import transaction
from storage.domain.vocab import ErrorClass, Outcome
from workers.sources.outcomes import failure
from workers.step import Product

_PASSES = frozenset({Outcome.RATE_LIMITED, Outcome.UNREACHABLE})


def of_products(products: Sequence[Product]) -> Outcome | None:
    """How the site answered; None where it was not asked."""
    said = [product.payload["site_answered"] for product in products if "site_answered" in product.payload]
    return Outcome(said[0]) if said else None


def check(engine: Engine, job: Job, answered: Outcome | None, retry_base_s: float) -> None:
    """Let a job wait for its site as a capture would; what came with the last try is kept, whatever it says.

    Raises: Throttled where the site asks for rest, Unavailable where it is away as it was before.
    """
    if answered not in _PASSES:
        return
    error = failure(answered, {}, "The site was not to be had just now; it is asked again later.")
    with transaction(engine) as session:
        site = sites.condition(session, job.site)
    verdict = queue.judge(job, error, retry_base_s=retry_base_s, site=site)
    if not verdict.final and (verdict.error_class is ErrorClass.THROTTLED or not verdict.burns_try):
        raise error
