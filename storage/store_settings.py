"""The settings that say where files are kept, and how they are looked after."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from storage.blobs.places import S3Place
from storage.errors import InvalidValue


class StoreSettings(BaseSettings):
    """The first store is the folder `blobs` of the vault unless an S3 store is named; a second one is optional."""

    s3_endpoint: str = Field(
        "", description="address of an S3 store that keeps the files instead of the vault's folder `blobs`"
    )
    s3_bucket: str = Field("", description="its bucket, which exists already")
    s3_region: str = Field("us-east-1", description="its region")
    s3_prefix: str = Field("", description="what our keys begin with there, such as archive/one; may be empty")
    s3_access_key: SecretStr = Field(SecretStr(""), description="its access key")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="the secret that belongs to it")
    s3_retention_days: int = Field(
        0, ge=0, description="how long each file is locked there against everybody (COMPLIANCE); 0: not at all"
    )
    second_folder: Path | None = Field(
        None, description="folder on another disk that keeps a second copy of every file; or name an S3 store below"
    )
    second_s3_endpoint: str = Field("", description="address of an S3 store that keeps a second copy of every file")
    second_s3_bucket: str = Field("", description="its bucket, which exists already")
    second_s3_region: str = Field("us-east-1", description="its region")
    second_s3_prefix: str = Field("", description="what our keys begin with there; may be empty")
    second_s3_access_key: SecretStr = Field(SecretStr(""), description="its access key")
    second_s3_secret_key: SecretStr = Field(SecretStr(""), description="the secret that belongs to it")
    second_s3_retention_days: int = Field(
        0, ge=0, description="how long each file is locked there against everybody (COMPLIANCE); 0: not at all"
    )
    s3_cache_bytes: int = Field(
        20 << 30, ge=0, description="most bytes of files from an S3 store that lie in the vault for the next step"
    )
    fixity_days: float = Field(30.0, gt=0, description="every file on every store is read and digested this often")
    fixity_bytes_per_s: int = Field(
        20 << 20, gt=0, description="most bytes a second that are read to do so, so that work goes on beside it"
    )

    def s3_place(self, which: str) -> S3Place | None:
        """The S3 store that the settings beginning with `which` name, or None. Raises: InvalidValue."""

        def chosen(name: str) -> str:
            return str(getattr(self, f"{which}_{name}"))

        endpoint, bucket = chosen("endpoint").rstrip("/"), chosen("bucket")
        if not endpoint and not bucket:
            return None
        if not endpoint.startswith(("https://", "http://")) or not bucket:
            name = f"SVIDOK_{which.upper()}"
            raise InvalidValue(f"an S3 store needs {name}_ENDPOINT, an http address, and {name}_BUCKET")
        return S3Place(
            endpoint=endpoint,
            bucket=bucket,
            region=chosen("region"),
            prefix=chosen("prefix").strip("/"),
            access_key=getattr(self, f"{which}_access_key"),
            secret_key=getattr(self, f"{which}_secret_key"),
            retention_days=int(chosen("retention_days")),
        )
