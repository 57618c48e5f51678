"""The section `place`: which station this is. It comes with the claim."""

from pydantic import BaseModel, ConfigDict

from agent.wire.ident import Name


class PlaceSection(BaseModel):
    """Names of tenant and station, as central knows them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: Name
    """Whose station it is."""
    station: Name
    """Which station it is."""
