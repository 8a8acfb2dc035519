"""Every setting there is: typed, described, prefix `SVIDOK_`; read by three composition roots only."""

import ipaddress
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from storage.blobs.places import FolderPlace, Place, Places
from storage.domain.layers import MapLayer
from storage.domain.sites import read_budgets
from storage.errors import InvalidValue
from storage.item_keys import ItemKeys
from storage.store_settings import StoreSettings
from storage.strongbox import Strongbox


def default_vault() -> Path:
    """The folder used when none is named: the platform's place for a user's data."""
    return Path(platformdirs.user_data_dir("svidok"))


def is_loopback(host: str) -> bool:
    """Whether a name or address, without port, can only mean this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(StoreSettings):
    """What an operator may choose; `.env.example` is generated from this class."""

    model_config = SettingsConfigDict(env_prefix="SVIDOK_", extra="ignore", frozen=True)

    vault: Path = Field(default_factory=default_vault, description="folder that holds everything kept")
    host: str = Field("127.0.0.1", description="address the API listens on")
    port: int = Field(8420, ge=1, le=65535, description="port the API listens on")
    host_names: str = Field(
        "", description="names, comma-separated, under which people reach the API; addresses and localhost always work"
    )
    public_url: str = Field(
        "",
        description="address that browsers use, such as https://archive.example.org, where a TLS proxy answers; "
        "needed to listen beyond this machine",
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
    upload_patience_h: float = Field(
        72.0, gt=0, description="hours after its last byte that an unfinished resumable upload is kept"
    )
    disk_reserve_bytes: int = Field(1 << 30, ge=0, description="room on the vault's disk that uploads leave free")
    capture_limit_s: int = Field(3600, description="wall clock of one capture attempt")
    analysis_limit_s: int = Field(3600, description="wall clock of one analysis")
    lease_s: float = Field(60.0, gt=0, description="how long a job stays with a worker that has gone silent")
    retry_base_s: float = Field(2.0, gt=0, description="first pause before another try; doubles up to an hour")
    worker_processes: int = Field(4, ge=1, description="jobs one worker runs side by side")
    site_limit: int = Field(2, ge=1, description="fetches from one site that may run side by side")
    site_budgets: str = Field(
        "www.youtube.com=300",
        description="how often a site may be asked within an hour: host=number,… where * is every site without its "
        "own; the default is what YouTube lets guests have",
    )
    credentials_trust_list: Path | None = Field(
        None,
        description="PEM file of certificates whose signatures in Content Credentials are trusted; empty: nobody's are",
    )
    comments_most: int = Field(
        500, ge=0, le=20_000, description="most comments that are kept of one post; 0: none are asked for"
    )
    keep_pages: bool = Field(
        True, description="keep the page around a video, by browsers: some ten seconds of a processor for each capture"
    )
    watch_sources: bool = Field(
        True, description="look again, ever more rarely, whether what was captured is still at its source"
    )
    worker_queues: str = Field("fetch,media", description="which work a worker takes: fetch, media or both")
    map_dir: Path | None = Field(None, description="folder of the built map; default: the one that came along")
    map_layers: Annotated[tuple[MapLayer, ...], NoDecode] = Field(
        default_factory=tuple,
        description="an operator's own layers of the map, as JSON: a list of objects with id, name, path (of a PMTiles "
        "file), attribution, and if wanted min_zoom, max_zoom, min_role",
    )
    ledger_name: str = Field(
        "", pattern=r"^[!-*,-~]{0,100}$", description="name of the ledger in its checkpoints; default: a random one"
    )
    ledger_passphrase: SecretStr = Field(
        SecretStr(""), description="seals the key that signs checkpoints; may be empty"
    )
    ledger_witnesses: str = Field(
        "",
        description="witnesses that cosign the ledger, comma-separated, each as its address, a space and its key as "
        "`svidok witness` prints it",
    )
    timestamp_authorities: str = Field(
        "", description="addresses of RFC 3161 time stamp authorities, comma-separated; name at least two"
    )
    timestamp_roots: Path | None = Field(
        None, description="file of root certificates (PEM) that time stamps are checked against"
    )
    opentimestamps_calendars: str = Field("", description="addresses of OpenTimestamps calendars, comma-separated")
    stamp_every_s: int = Field(
        3600, ge=10, description="least seconds between two time stamps by one authority; an idle ledger gets none"
    )
    log_level: str = Field("info", description="debug, info, warning or error")

    @field_validator("vault")
    @classmethod
    def _absolute(cls, vault: Path) -> Path:
        if "\n" in str(vault) or "\0" in str(vault):
            msg = "a vault path holds no line break"
            raise ValueError(msg)
        return vault.expanduser().absolute()

    @field_validator("site_budgets")
    @classmethod
    def _spendable(cls, said: str) -> str:
        read_budgets(said)
        return said

    @field_validator("timestamp_roots", mode="before")
    @classmethod
    def _none_if_empty(cls, path: Any) -> Any:
        """A variable that is set to nothing names no file; it would otherwise name the folder one stands in."""
        return None if path == "" else path

    @field_validator("map_layers", mode="before")
    @classmethod
    def _written(cls, layers: Any) -> Any:
        """A list as JSON; nothing at all is no layer."""
        if not isinstance(layers, str):
            return layers
        try:
            return json.loads(layers or "[]")
        except ValueError:
            raise ValueError("a list of layers is written as JSON") from None

    @field_validator("map_layers")
    @classmethod
    def _apart(cls, layers: tuple[MapLayer, ...]) -> tuple[MapLayer, ...]:
        if len({layer.id for layer in layers}) != len(layers):
            raise ValueError("two layers of the map have the same id")
        return layers

    @field_validator("public_url")
    @classmethod
    def _origin(cls, url: str) -> str:
        """Scheme, name and port, as browsers write them in `Origin`."""
        given = url.strip().rstrip("/").lower()
        if not given:
            return ""
        place = urlsplit(given)
        if place.scheme not in ("https", "http") or not place.hostname or place.port == 0:
            raise ValueError("an address such as https://archive.example.org")
        if given != f"{place.scheme}://{place.netloc}" or "@" in place.netloc:
            raise ValueError("scheme, name and port only, without path or user")
        if place.scheme == "http" and not is_loopback(place.hostname):
            raise ValueError("plain http is for this machine alone; elsewhere a session needs https")
        return given.removesuffix(":443" if place.scheme == "https" else ":80")

    @cached_property
    def budgets(self) -> Mapping[str, int]:
        """The budgets of sites, by host; `*` is every other."""
        return read_budgets(self.site_budgets)

    @property
    def secure_origin(self) -> str | None:
        """The origin of our pages where TLS stands in front of them, else None."""
        return self.public_url if self.public_url.startswith("https://") else None

    def refuse_open_host(self) -> None:
        """Passwords and sessions never cross a network in the clear.

        Raises: InvalidValue when the API would listen beyond this machine and nothing says how browsers find it:
        through TLS, or at http://localhost, as with a container whose port is published on the loopback address.
        """
        if not is_loopback(self.host) and not self.public_url:
            raise InvalidValue(
                f"{self.host or 'every address'} is beyond this machine, and log-ins need TLS there: "
                "set SVIDOK_PUBLIC_URL to the https address of the proxy in front, or listen on 127.0.0.1"
            )

    @cached_property
    def blobs(self) -> Path:
        return self.vault / "blobs"

    @cached_property
    def stores(self) -> Places:
        """Where the files are kept. Raises: InvalidValue for half a store, or one place named twice."""
        first: Place = self.s3_place("s3") or FolderPlace(self.blobs)
        second = self.s3_place("second_s3")
        folder = FolderPlace(self.second_folder.expanduser().absolute()) if self.second_folder else None
        if second and folder:
            raise InvalidValue("name SVIDOK_SECOND_FOLDER or SVIDOK_SECOND_S3_ENDPOINT, not both")
        if str(second or folder) == str(first):
            raise InvalidValue(f"the second store is the first one again: {first}")
        return Places(first, second or folder)

    @cached_property
    def fetched(self) -> Path:
        """The folder where files are staged on their way to an S3 store, and kept for a while after coming from it."""
        return self.vault / "fetched"

    @cached_property
    def incoming(self) -> Path:
        """The folder of what has begun to arrive in parts, on the disk of the files: nothing is copied twice."""
        return self.vault / "incoming"

    @cached_property
    def ledger(self) -> Path:
        """The folder of the Merkle log: tiles, events, the newest checkpoint."""
        return self.vault / "ledger"

    @cached_property
    def ledger_key(self) -> Path:
        """The file of the key that signs checkpoints."""
        return self.vault / "keys" / "ledger.pem"

    @cached_property
    def strongbox(self) -> Strongbox:
        """What seals the sessions of sites; its key lies beside the ledger's."""
        return Strongbox(self.vault / "keys" / "sessions.key")

    @cached_property
    def item_keys(self) -> ItemKeys:
        """The keys of sealed items, and the key that wraps them, beside the ledger's."""
        return ItemKeys(self.vault / "keys")

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
