"""What must be done to a database before anybody works with it."""

from storage.archive import Archive
from storage.db.migration import migrate
from storage.db.session import open_engine, transaction
from storage.domain.permissions import SYSTEM
from storage.settings import Settings
from workers.stack.parts import as_variables
from workers.stack.vault import Vault


def prepare(settings: Settings) -> str | None:
    """Migrate, let the holder of the vault's token be its operator, and give out the right to make the first user.

    Settings that are others than at the last start are written down by name.
    Returns the one-time set-up token, or None where a user exists. Running it twice equals running it once, except
    that an earlier set-up token is void. Raises: NotStarted where a restore into this vault was cut short.
    """
    Vault(settings.vault).refuse_half_restored()
    engine = open_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        migrate(engine)
        with transaction(engine) as session:
            archive = Archive(session, SYSTEM)
            archive.record_settings(as_variables(settings))
            archive.register_operator(Vault(settings.vault).operator_key())
            return archive.issue_setup_token()
    finally:
        engine.dispose()
