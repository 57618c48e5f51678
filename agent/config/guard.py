"""The table `station.guard`: when the station is open, and what is then not for nobody to see."""

from datetime import datetime, time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.contract.watch import Role

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAYS: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class OpeningHours(BaseModel):
    """When people work at the station, on the machine's own clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: time
    """From when on, such as 07:30:00; who comes early to open the safe is within."""
    closes: time
    """Until when."""
    days: tuple[Day, ...] = Field(default=_DAYS[:5], min_length=1)
    """On which days."""

    @model_validator(mode="after")
    def _one_day(self) -> "OpeningHours":
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None or self.opens >= self.closes:
            raise ValueError("the station closes later on the same day than it opens")
        return self

    def open_at(self, local: datetime) -> bool:
        """Whether the station is open. :param local: on the machine's own clock."""
        return _DAYS[local.weekday()] in self.days and self.opens <= local.time() < self.closes


class GuardSection(BaseModel):
    """What a person at headquarters is to look at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opening: OpeningHours | None = None
    """When the station is open; without it, it is never closed, and no key is used out of hours."""
    closed: tuple[Role, ...]
    """Contacts of the safe with these roles must not stir while the station is closed."""
    unattended: tuple[Role, ...]
    """Contacts with these roles must not stir while nobody is at the station, open or not."""
    attended_minutes: float = Field(gt=0, le=1440)
    """For so long after a visit was last opened, decided on or looked at, somebody is at the station."""
    reads_per_hour: int = Field(ge=1)
    """One user who is shown more different visits and parcels within an hour than this is a mass read."""
