"""The one place a transaction begins and ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

_LIMITS = "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=30000 -c lock_timeout=10000"


def open_engine(url: str, *, pool_size: int = 5) -> Engine:
    """Connect lazily to PostgreSQL 18 or newer at a SQLAlchemy URL; connections check themselves before use."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=True,
        pool_recycle=1800,
        # Values of testimony and secrets stay out of error texts, and so out of logs.
        hide_parameters=True,
        connect_args={"options": _LIMITS, "connect_timeout": 5, "application_name": "svidok"},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One request or one task: committed when the block ends well, rolled back when it raises."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
