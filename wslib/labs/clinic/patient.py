"""What a patient is: a step with a bug, a complaint, and a case that tells."""

import ast
import inspect
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wslib.handshake import build_request
from wslib.labs.conformance import Case, Result, ask
from wslib.labs.workshop import NoWire, Steps, WorkshopServer, finished
from wslib.relay import Recording, RecordingProxy

_REQUEST = build_request("server.example", key="dGhlIHNhbXBsZSBub25jZQ==").serialize()
_GOODBYE = finished.write_frame(8, b"\x03\xe8", bytes.fromhex("37 fa 21 3d"))
_PATIENCE = 5.0  # seconds, for anything that it says


@dataclass(frozen=True, eq=False)
class Patient:
    """A server that is ill.

    Attributes:
        letter: What it is called.
        disease: What it does wrong, in a few words: the diagnosis.
        step: The step that does it.
        case: The case of the suite that tells it from all the others.
        complaint: What its users say.
        record: Where to read of servers that had it.
    """

    letter: str
    disease: str
    step: Callable[..., Any]
    case: Case
    complaint: str
    record: str

    @property
    def steps(self) -> tuple[Callable[..., Any], ...]:
        """All ten steps, one of them ill."""
        name = self.step.__name__
        return tuple(
            self.step if step.__name__ == name else step for step in finished.STEPS
        )

    @property
    def source(self) -> str:
        """The step as one would type it into a cell: without types, with imports."""
        text = inspect.getsource(self.step)
        text = text[text.index("\ndef ") + 1 :].partition("\n")[2]
        full = inspect.signature(self.step)
        bare = [p.replace(annotation=p.empty) for p in full.parameters.values()]
        head = f"def {self.step.__name__}{inspect.Signature(bare)}:\n"
        imports = "".join(f"{line}\n" for line in self._imports())
        return f"{imports}\n\n{head}{text}".lstrip("\n")

    def _imports(self) -> list[str]:
        """Return the lines of its file that import what it uses."""
        file = inspect.getsource(inspect.getmodule(self.step) or type(self))
        lines = []
        for node in ast.parse(file).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                used = self.step.__code__.co_names
                node.names = [alias for alias in node.names if alias.name in used]
                lines += [ast.unparse(node)] * bool(node.names)
        return lines

    def server(self) -> WorkshopServer:
        """Return it as a server, which is not started yet."""
        return WorkshopServer(*self.steps)

    def recording(self) -> Recording:
        """Let it have the conversation that tells, over loopback, and record that.

        The client says what the case says in one piece, and reads to the end of TCP:
        so nothing is a question of who comes first, and each recording is like the
        last.
        """
        said = b"".join(piece for piece, _ in self.case.steps)
        with self.server() as server, RecordingProxy(server.url) as relay:
            address = relay.host, relay.port
            with socket.create_connection(address, timeout=_PATIENCE) as line:
                if not self.case.raw:
                    line.sendall(_REQUEST)
                    line.recv(4096)
                line.sendall(said)
                answer = line.recv(4096)
                if self.case.raw:
                    line.shutdown(socket.SHUT_WR)
                elif answer and self.case.group != "closing":
                    line.sendall(_GOODBYE)
                while line.recv(65536):
                    pass
            return relay.recording

    def answers(self, case: Case) -> Result:
        """Let it have a conversation, without a wire."""
        return ask(case, lambda: NoWire(Steps(*self.steps)))

    def __repr__(self) -> str:
        """Say what can be seen from outside."""
        return f"<Patient {self.letter}>"
