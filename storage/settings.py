"""Every setting there is: typed, described, prefix `SVIDOK_`; read by three composition roots only."""

from functools import cached_property
from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_vault() -> Path:
    """The folder used when none is named: the platform's place for a user's data."""
    return Path(platformdirs.user_data_dir("svidok"))


class Settings(BaseSettings):
    """What an operator may choose; `.env.example` is generated from this class."""

    model_config = SettingsConfigDict(env_prefix="SVIDOK_", extra="ignore", frozen=True)

    vault: Path = Field(default_factory=default_vault, description="folder that holds everything kept")
    host: str = Field("127.0.0.1", description="address the API listens on")
    port: int = Field(8420, ge=1, le=65535, description="port the API listens on")
    host_names: str = Field(
        "", description="names, comma-separated, under which people reach the API; addresses and localhost always work"
    )
    database_url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy address of PostgreSQL 18 or newer; empty: the embedded one"
    )
    broker_url: SecretStr = Field(
        SecretStr(""), description="Celery address of Valkey or Redis; empty: the embedded one"
    )
    egress_socket: Path | None = Field(None, description="unix socket of the egress proxy; default: under the vault")
    egress_log: Path | None = Field(None, description="folder of the egress proxy's connection logs")
    egress_allow: str = Field(
        "", description="host:port,… that the address policy lets through although it would not; shown everywhere"
    )
    unsafe_no_sandbox: bool = Field(
        False, description="fetch and decode without a sandbox; shown everywhere; for machines that cannot do better"
    )
    sandbox_memory_bytes: int = Field(2 << 30, description="memory one sandboxed program may use")
    sandbox_processes: int = Field(256, description="processes and threads one sandboxed program may have")
    download_limit_bytes: int = Field(4 << 30, description="most bytes one capture may bring")
    upload_limit_bytes: int = Field(8 << 30, description="most bytes one upload may have")
    capture_limit_s: int = Field(3600, description="wall clock of one capture attempt")
    analysis_limit_s: int = Field(3600, description="wall clock of one analysis")
    lease_s: float = Field(60.0, gt=0, description="how long a job stays with a worker that has gone silent")
    retry_base_s: float = Field(2.0, gt=0, description="first pause before another try; doubles up to an hour")
    worker_processes: int = Field(4, ge=1, description="jobs one worker runs side by side")
    site_limit: int = Field(2, ge=1, description="fetches from one site that may run side by side")
    worker_queues: str = Field("fetch,media", description="which work a worker takes: fetch, media or both")
    log_level: str = Field("info", description="debug, info, warning or error")

    @field_validator("vault")
    @classmethod
    def _absolute(cls, vault: Path) -> Path:
        if "\n" in str(vault) or "\0" in str(vault):
            msg = "a vault path holds no line break"
            raise ValueError(msg)
        return vault.expanduser().absolute()

    @cached_property
    def blobs(self) -> Path:
        return self.vault / "blobs"

    @cached_property
    def scratch(self) -> Path:
        return self.vault / "scratch"

    @cached_property
    def way_out(self) -> Path:
        """The egress proxy's socket: the one named, else the one under the vault."""
        return self.egress_socket or self.vault / "run" / "egress.sock"

    @cached_property
    def way_out_log(self) -> Path:
        """The folder of its connection logs, likewise."""
        return self.egress_log or self.vault / "egress"

    @cached_property
    def egress_exceptions(self) -> frozenset[tuple[str, int]]:
        """The exceptions to the address policy as (host, port) pairs."""
        pairs = (entry.strip().rpartition(":") for entry in self.egress_allow.split(",") if entry.strip())
        return frozenset((host.strip("[]").lower(), int(port)) for host, _, port in pairs)
