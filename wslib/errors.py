"""The exceptions of wslib: each tells whose fault it was, the peer's or your own.

    WslibError
    ├── HandshakeError(message, section=..., status=400)      the peer, in the opening
    │                                                         handshake
    ├── ProtocolError(message, section=..., close_code=1002)  the peer, in its frames
    │   └── PayloadTooBig                                     close_code=1009
    ├── InvalidState                                          you, at a wrong time
    └── PortInUse                                             another program; it is
                                                              also an OSError
    ValueError                                                you, by a wrong value
    TypeError                                                 you, by a wrong type

What the peer breaks can happen to any program: catch it, and close. What you break is
a bug: mend it. So the same frame is a ``ProtocolError`` when it comes in, and a
``ValueError`` when you try to send it.
"""

__all__ = [
    "HandshakeError",
    "InvalidState",
    "PayloadTooBig",
    "PortInUse",
    "ProtocolError",
    "WslibError",
]


class WslibError(Exception):
    """Base class: catches whatever this package raises on purpose."""


class HandshakeError(WslibError):
    """One thing that is wrong with an opening handshake.

    Args:
        message: What is wrong, in lower case, without a full stop.
        section: The section that holds the rule, such as ``"4.2.1"``.
        status: The HTTP status code that a server answers with; None where it is
            the client that found the fault, since a client answers nothing.
        rfc: The number of the RFC; 6455 unless the rule is HTTP's own.
    """

    def __init__(
        self, message: str, *, section: str, status: int | None = 400, rfc: int = 6455
    ) -> None:
        super().__init__(message)
        self.message = message
        self.section = section
        self.status = status
        self.rfc = rfc

    def __str__(self) -> str:
        """Say what is wrong, then where the rule stands."""
        return f"{self.message} (RFC {self.rfc}, section {self.section})"


class ProtocolError(WslibError):
    """What the peer sent after the opening handshake breaks a rule.

    Args:
        message: What is wrong, in lower case, without a full stop.
        section: The section that holds the rule, such as ``"5.2"``.
        close_code: The code that the endpoint closes the connection with.
        rfc: The number of the RFC; 6455 unless the rule is an extension's own.
    """

    def __init__(
        self, message: str, *, section: str, close_code: int = 1002, rfc: int = 6455
    ) -> None:
        super().__init__(message)
        self.message = message
        self.section = section
        self.close_code = close_code
        self.rfc = rfc

    def __str__(self) -> str:
        """Say what is wrong, then where the rule stands."""
        return f"{self.message} (RFC {self.rfc}, section {self.section})"


class PayloadTooBig(ProtocolError):
    """More bytes than this endpoint is willing to take. Section 7.4.1, 10.4."""

    def __init__(self, message: str) -> None:
        super().__init__(message, section="10.4", close_code=1009)


class InvalidState(WslibError):
    """You called a method at a wrong time, as in sending after your Close."""


class PortInUse(WslibError, OSError):
    """The port is taken, by another program or by a server of your own."""
