"""The doorbell and its wire: a Celery application that carries rings and no state."""

from celery import Celery

from storage.queue import QUEUES

# The one task there is.
DRAIN = "svidok.drain"
# More waiting rings than this open no more doors. Rings never go stale: an expiry travels as a time of day, and a
# worker whose clock is ahead would drop every one.
ENOUGH_RINGS = 4


def make_app(broker_url: str) -> Celery:
    """A Celery application that carries no state: no results, no late acknowledgement, no retries, no countdowns."""
    app = Celery("svidok", broker=broker_url, include=["workers.tasks"])
    app.conf.update(
        task_acks_late=False,
        task_ignore_result=True,
        task_publish_retry=False,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=QUEUES[0],
        task_create_missing_queues=True,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=200,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=3,
        broker_transport_options={
            "socket_timeout": 5,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 5,
        },
    )
    return app


def waiting_rings(app: Celery, queue_name: str) -> int:
    """How many rings wait. Raises: kombu's OperationalError or OSError while the broker is away."""
    with app.connection_for_read() as connection:
        return int(connection.default_channel.client.llen(queue_name))


def ring(app: Celery, queue_name: str) -> None:
    """Ask some worker to look at a queue. Raises: as `waiting_rings`."""
    if queue_name not in QUEUES:
        raise ValueError(f"no queue is called {queue_name!r}")
    app.send_task(DRAIN, args=(queue_name,), queue=queue_name, retry=False, ignore_result=True)
