"""gpiozero's mock pins with wires on them: a pull moves only what nothing else holds."""

from gpiozero.pins.mock import MockFactory, MockPin


class WiredPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A pin that the world may drive."""

    driven: int | None = None

    def drive(self, level: int | None) -> None:
        """From outside; None lets it go."""
        self.driven = level
        if self.function == "input":
            self._settle()

    def _set_pull(self, value: str) -> None:
        # the mock's own check of what it may be, and then where the wire really is
        super()._set_pull(value)
        self._settle()

    def _settle(self) -> None:
        high = self.driven if self.driven is not None else int(self._pull == "up")
        if high:
            self.drive_high()
        else:
            self.drive_low()


def wired_pins(**levels: int | None) -> MockFactory:
    """A mock Raspberry Pi whose pins are driven so: `GPIO17=0`; what is not named has nothing attached."""
    factory = MockFactory(pin_class=WiredPin)
    for name, level in levels.items():
        factory.pin(name).drive(level)
    return factory
