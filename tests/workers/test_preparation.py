"""What a start does to a database before anybody works with it."""

import json
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine, select

from storage.db.session import transaction
from storage.db.tables import Event
from storage.settings import Settings
from workers.stack.preparation import prepare
from workers.stack.vault import Vault


def test_settings_that_changed_since_the_last_start_are_written_down_by_name(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    Vault(tmp_path / "vault").make()
    settings = Settings(
        vault=tmp_path / "vault", database_url=SecretStr(database_url), broker_url=SecretStr("redis://:geheim@x/0")
    )
    prepare(settings)
    prepare(settings)
    prepare(settings.model_copy(update={"site_limit": 7, "broker_url": SecretStr("redis://:anders@x/0")}))
    with transaction(engine) as session:
        told = session.scalars(
            select(Event.body).where(Event.type == "local:settings changed").order_by(Event.seq)
        ).all()
    first, second = (json.loads(body)["detail"] for body in told)
    assert first["first"]
    assert "SVIDOK_VAULT" in first["changed"]
    assert (second["first"], second["changed"]) == (False, ["SVIDOK_BROKER_URL", "SVIDOK_SITE_LIMIT"])
    assert first["digest"] != second["digest"]
    assert "geheim" not in "".join(told)
    assert "anders" not in "".join(told)
