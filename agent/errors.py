"""What can go wrong in the agent, beside the faults of devices and the errors of the vault.

AgentError               a stable code and one sentence
├─ ConfigError           a configuration that would not load
├─ WireError             a message from the other side that is not one
│  └─ SignerOutOfTime    it is signed by a key that is trusted, outside that key's time
├─ ForbiddenMove         a state machine was asked for a move that its table does not have: our own mistake
│  └─ ReasonNeeded       the move is there, with a reason only
├─ NotAllowed            the peer may not do this
├─ Refused               a request that the station refuses, with the reason's code
└─ PeerSilent            another process of the station does not answer
   └─ PeerFailed         it answers that it could not do it now
"""

from typing import ClassVar


class AgentError(Exception):
    """The agent could not do what was asked. The sentence is for people, the code for machines; neither is personal."""

    code: ClassVar[str] = "agent"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ConfigError(AgentError):
    """A configuration that would not load."""

    code = "config"


class WireError(AgentError):
    """A message from the other side that is not what it should be."""

    code = "wire"


class SignerOutOfTime(WireError):
    """A document that says of itself that it was signed before its key's time began, or after it ended."""

    code = "key-out-of-time"


class ForbiddenMove(AgentError, RuntimeError):
    """A state machine was asked for a move that its table does not have."""

    code = "forbidden-move"


class ReasonNeeded(ForbiddenMove):
    """A portrait whose gates all passed is rejected for a stated reason only."""

    code = "reason-needed"


class NotAllowed(AgentError):
    """The peer may not do this."""

    code = "not-allowed"


class Refused(AgentError):
    """A request that is refused for a reason the asker can act on; `reason` is its stable code."""

    code = "refused"

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class PeerSilent(AgentError):
    """Another process of the station does not answer."""

    code = "peer-silent"


class PeerFailed(PeerSilent):
    """Another process of the station could not do now what it was asked, which says nothing of whether it may be."""

    code = "peer-failed"
