"""`central.toml`: where broker, database and MIGRIS are. Unknown keys are refused."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central.errors import SetUpError


class Settings(BaseModel):
    """Headquarters' configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker_host: str
    """Name of the broker, as in its certificate."""
    broker_port: int = Field(gt=0, le=65535)
    """The broker's TLS port."""
    migris_url: str
    """Base address of MIGRIS's machine interface (here: of the simulator), https."""
    migris_page_port: int = Field(gt=0, le=65535)
    """Loopback port of the simulator's page for people."""
    tenants: tuple[str, ...]
    """Tenants whose stations are told that central is there."""

    @property
    def migris_port(self) -> int:
        """Port in `migris_url`."""
        return int(self.migris_url.rsplit(":", 1)[1])

    def text(self) -> str:
        """As TOML."""
        tenants = ", ".join(f'"{tenant}"' for tenant in self.tenants)
        return (
            f'broker_host = "{self.broker_host}"\nbroker_port = {self.broker_port}\n'
            f'migris_url = "{self.migris_url}"\nmigris_page_port = {self.migris_page_port}\ntenants = [{tenants}]\n'
        )


def load_settings(path: Path) -> Settings:
    """Read the file. :raises: SetUpError when it is absent or would not load."""
    try:
        return Settings.model_validate(tomllib.loads(path.read_text()))
    except FileNotFoundError:
        raise SetUpError("This folder is not set up: run `smilius-central init` first.") from None
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SetUpError("central.toml would not load.") from error
