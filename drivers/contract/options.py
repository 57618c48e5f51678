"""The options of a driver: what the configuration may say about it."""

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Frozen; an unknown option is an error, so that a typing mistake cannot pass as a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")
