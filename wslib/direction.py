"""Who sent it: the client or the server."""

import enum

__all__ = ["DOWN", "UP", "Direction"]


class Direction(enum.Enum):
    """Who sent the bytes. The value is the mark that the course draws for it."""

    CLIENT_TO_SERVER = "▶"
    SERVER_TO_CLIENT = "◀"

    def __repr__(self) -> str:
        """Return an expression that names the member."""
        return f"Direction.{self.name}"


UP = Direction.CLIENT_TO_SERVER
DOWN = Direction.SERVER_TO_CLIENT
