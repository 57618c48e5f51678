"""How a contact is wired to GPIO lines, and what their levels mean. Pure.

`single`: one line. With pull `up` the contact connects the line to ground, with pull `down` to the supply. A door's
contact is `normally` closed: a cut wire then reads as an open door. One line cannot tell the two apart.

`pair`: a loop of two wires through a normally closed contact. The supply feeds the loop's line through a resistor
outside the chip (1 kilohm; far below the chip's own pulls of some 50), the loop's other end is the return line, which
is pulled down:

    loop  return
      1     1     the loop is closed
      1     0     it is open: contact, or a wire cut
      0     0     it is shorted to ground
      0     1     cannot be: a foreign voltage is on the wires

Neither can see the two wires bridged before the contact: that takes a resistor at the loop's far end and a voltage that
is measured, which a GPIO line, with its one threshold, does not do. So wiring `end-of-line` is refused: a supervised
loop module with relay contacts of its own, wired as `single` or `pair`, is the way to have it.

Source: facts/face-cctv-console.md section 5 (normally closed, a tamper loop of its own); the table is Ohm's law.
"""

from typing import Literal

from pydantic import Field, model_validator

from drivers.contract.watch import Flaw, State
from drivers.safe.contact import ContactOptions

Levels = tuple[int, ...]
"""One level a line, 0 or 1: the line's, and of a pair the return line's."""

Pull = Literal["up", "down", "floating"]


class WiredContact(ContactOptions):
    """A contact and its lines."""

    wiring: Literal["single", "pair", "end-of-line"] = "single"
    """One line; or the loop and its return. End-of-line resistance cannot be read by a GPIO line and is refused."""
    line: str = Field(min_length=1, max_length=200)
    """The line, or the loop's feeding end: `DOOR`, `gpiochip1/17`, on a Raspberry Pi also `GPIO17`."""
    return_line: str = Field(default="", max_length=200)
    """The loop's other end, of a pair only."""
    normally: Literal["closed", "open"] = "closed"
    """How the contact is when all is well and nobody is there; a pair is normally closed."""
    pull: Literal["up", "down"] = "up"
    """Where a single line goes when its contact is open."""
    resistor: Literal["internal", "external"] = "internal"
    """Whether the chip pulls a single line, or a resistor outside it does."""

    @model_validator(mode="after")
    def _fits(self) -> "WiredContact":
        if (self.wiring == "pair") != bool(self.return_line):
            raise ValueError("a pair has a return line, and nothing else has")
        if self.wiring == "pair" and self.normally == "open":
            raise ValueError("a pair is normally closed")
        return self

    @property
    def lines(self) -> tuple[tuple[str, Pull], ...]:
        """Every line with the pull that the chip gives it."""
        if self.wiring == "pair":
            return (self.line, "floating"), (self.return_line, "down")
        return ((self.line, self.pull if self.resistor == "internal" else "floating"),)

    def state_of(self, levels: Levels) -> State:
        """What the contact shows at these levels."""
        if self.wiring == "pair":
            pair = {(1, 1): self.role.rest, (1, 0): self.role.raised, (0, 0): State.SHORTED}
            return pair.get((levels[0], levels[1]), State.CONTRADICTORY)
        closed = levels == ((0,) if self.pull == "up" else (1,))
        return self.role.rest if closed == (self.normally == "closed") else self.role.raised

    def flaw_of(self, pulled_up: Levels, pulled_down: Levels) -> Flaw | None:
        """What is wrong with the wires, from two readings: under the chip's pull up, and under its pull down."""
        # what each line does under either pull: held at 0, held at 1, or following the pull
        follows = [up != down for up, down in zip(pulled_up, pulled_down, strict=True)]
        if any(up < down for up, down in zip(pulled_up, pulled_down, strict=True)):
            return Flaw.FLOATING
        if self.wiring == "pair":
            # the feed must hold the loop's line; the return line may follow: that is a loop that is open
            return Flaw.FLOATING if follows[0] else None
        if self.resistor == "external":
            return Flaw.FLOATING if follows[0] else None
        # a contact that is open lets the line follow; one that is closed holds it on its own side, and on no other
        foreign = 1 if self.pull == "up" else 0
        return Flaw.HELD if not follows[0] and pulled_up[0] == foreign else None
