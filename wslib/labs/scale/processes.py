"""A room of the chat in a process of its own, on its own port."""

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any, ClassVar

import wslib
from wslib.labs.scale.broker import NatsServer
from wslib.labs.scale.parts import Part, PartDied

_PACKAGE = Path(wslib.__file__).parents[1]
_PROGRAM = Path(__file__).with_name("room.py")


class RoomProcess(Part):
    """A process with the chat of notebook 08; with a broker, one of several.

    Args:
        name: What it is called; each answer to an opening handshake says it in a field
            ``X-Room``.
        broker: What passes on to the other processes what is said in this one.
        keep: Whether the broker numbers and keeps what is said.
        port: Where it listens; 0 chooses a free port.

    Raises:
        ValueError: If it is to be kept, and there is no broker.
    """

    scheme = "ws"
    program: ClassVar[str] = "the room"
    wheel: ClassVar[str] = "wslib"

    def __init__(
        self,
        name: str = "1",
        broker: NatsServer | None = None,
        *,
        keep: bool = False,
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        if keep and broker is None:
            raise ValueError("only a broker can keep what is said")
        self.name, self.broker, self.keep = name, broker, keep

    @classmethod
    def find(cls) -> str:
        """Return the path of this Python."""
        return sys.executable

    def find_all(self) -> None:
        """Do nothing, if there is a broker, or none is needed.

        Raises:
            PartMissing: If it is not on this machine.
        """
        if self.broker is not None:
            self.broker.find_all()

    def arguments(self) -> list[str]:
        """Return the command line of the program in ``room.py``.

        It is run by its path: ``-m`` would load all of this folder in each process.
        """
        command = ["-P", str(_PROGRAM), "--port", str(self.ports[0])]
        command += ["--name", self.name]
        if self.broker is not None:
            command += ["--broker", self.broker.url]
        return command + (["--keep"] if self.keep else [])

    def environment(self) -> dict[str, str]:
        """Return ours, with the way to this package."""
        paths = [str(_PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])]
        return dict(os.environ) | {"PYTHONPATH": os.pathsep.join(paths)}

    def health(self) -> dict[str, Any]:
        """Return what it says of itself, once all is heard that the broker sent to it.

        Raises:
            PartDied: If it has ended, or does not answer.
        """
        self.check_alive()
        address = f"http://{self.host}:{self.port}/health"
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(address, timeout=3) as answer:
                return dict(json.load(answer))
        except OSError as error:
            self.check_alive()
            raise PartDied(f"{self.program} does not answer: {error}") from error

    def drain(self, patience: float = 5.0) -> int:
        """Have it send everybody away with 1012, and end; return how many that were.

        It can be started anew with :meth:`restart`.

        Args:
            patience: How long to wait for it, in seconds.

        Raises:
            PartDied: If it had ended before, or did not make it; then it is killed.
        """
        self.check_alive()
        ended = self._ended(signal="terminate", patience=patience)
        asked = self._in_loop(ended, patience)
        last = self.words.rpartition("drained: ")[2]
        if not asked or not last.strip().isdigit():
            raise PartDied(f"{self.program} was not drained in {patience:g} seconds")
        return int(last)
