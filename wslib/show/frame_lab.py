"""The frame lab: type a text, see the frame; type hex, see it read; turn its bits.

An anywidget (https://anywidget.dev): ``frame_lab.js`` reads and writes frames in the
browser by itself. A kernel is needed only to send the bytes to a server. Where none
runs (a preview, an exported page), the first example stands there, taken apart.
"""

import functools
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wslib.direction import DOWN, UP
from wslib.errors import ProtocolError
from wslib.frames import Frame
from wslib.show.frames import FrameView
from wslib.show.shown import Shown
from wslib.show.strip import style

if TYPE_CHECKING:  # a lab can be shown without a server
    from wslib.service import Service

# From RFC 6455, section 5.7, and some that break a rule.
EXAMPLES = {
    "text, masked": "81 85 37 fa 21 3d 7f 9f 4d 51 58",
    "text, unmasked": "81 05 48 65 6c 6c 6f",
    "first fragment": "01 03 48 65 6c",
    "last fragment": "80 02 6c 6f",
    "ping": "89 05 48 65 6c 6c 6f",
    "pong, masked": "8a 85 37 fa 21 3d 7f 9f 4d 51 58",
    "close 1001": "88 0c 03 e9 67 6f 69 6e 67 20 61 77 61 79",
    "broken: a reserved bit": "c1 05 48 65 6c 6c 6f",
    "broken: opcode 3": "83 05 48 65 6c 6c 6f",
    "broken: length not minimal": "81 7e 00 05 48 65 6c 6c 6f",
    "broken: ping in fragments": "09 05 48 65 6c 6c 6f",
    "broken: close code 1006": "88 02 03 ee",
    "legal frame, illegal message": "81 02 ff fe",
    "not complete": "81 85 37 fa 21",
}
SCRIPT = Path(__file__).with_suffix(".js")
STYLE = style(9) + Path(__file__).with_suffix(".css").read_text("utf-8")

_PATIENCE = 1.0  # seconds for all that a server answers
_PAUSE = 0.3  # seconds without another frame, after which it has said all
_MOST = 20  # frames that are shown of it


class FrameLab(Shown):
    """One frame of RFC 6455, section 5.2, to play with.

    Args:
        data: The bytes that it begins with, as hex or as they are.
        server: Where "Send it" sends the bytes to, behind an opening handshake of its
            own; None: there is no such button.
        side: Who sends them, ``client`` or ``server``; that of its MASK bit if None.

    Raises:
        ValueError: If text is not hexadecimal digits, two to a byte.
    """

    def __init__(
        self,
        data: bytes | str = EXAMPLES["text, masked"],
        *,
        server: "Service | None" = None,
        side: str | None = None,
    ) -> None:
        self._first = FrameView(data)
        self._server = server
        masked = self._first.data[1:2] >= b"\x80"
        self._side = side or ("client" if masked else "server")

    @functools.cached_property
    def widget(self) -> Any:
        """The widget in the browser; its traits are ``hex`` and ``side``."""
        import anywidget
        import traitlets

        class _Lab(anywidget.AnyWidget):
            _esm, _css = SCRIPT, STYLE
            hex = traitlets.Unicode().tag(sync=True)
            side = traitlets.Enum(["client", "server"]).tag(sync=True)
            server = traitlets.Bool().tag(sync=True)
            examples = traitlets.Dict().tag(sync=True)

        made = _Lab(
            hex=self._first.data.hex(" "),
            side=self._side,
            server=self._server is not None,
            examples=EXAMPLES,
        )
        made.on_msg(self._asked)
        return made

    @property
    def hex(self) -> str:
        """The bytes as they stand in the lab; may be set, in any usual way of writing.

        Raises:
            ValueError: If set to what is not hexadecimal digits, two to a byte.
        """
        return str(self.widget.hex)

    @hex.setter
    def hex(self, data: str) -> None:
        """Put other bytes into the lab."""
        self.widget.hex = FrameView(data).data.hex(" ")

    @property
    def frame(self) -> Frame:
        """The frame that the bytes begin with; may be set.

        Raises:
            ProtocolError: If they break a rule.
            ValueError: If they are not complete; or, when set, if it may not be sent.
        """
        view = self.view()
        if view.error is not None:
            raise view.error
        if view.frame is None:
            message = "the frame in the lab is not complete: more bytes are due"
            raise ValueError(message)
        return view.frame

    @frame.setter
    def frame(self, frame: Frame) -> None:
        """Put another frame into the lab."""
        if not isinstance(frame, Frame):
            raise TypeError(f"a frame is a wslib.frames.Frame, not {frame!r}")
        data = frame.serialize()
        self.side = "client" if frame.masking_key is not None else "server"
        self.widget.hex = data.hex(" ")

    @property
    def side(self) -> str:
        """Who sends the frame: ``client`` or ``server``; may be set."""
        return str(self.widget.side)

    @side.setter
    def side(self, side: str) -> None:
        """Have the other side send it."""
        if side not in ("client", "server"):
            raise ValueError(
                f"a frame is sent by a 'client' or a 'server', not {side!r}"
            )
        self.widget.side = side

    def view(self) -> FrameView:
        """Return the bytes as they stand in the lab, taken apart."""
        direction = UP if self.side == "client" else DOWN
        return FrameView(bytes.fromhex(self.hex), direction)

    def as_text(self) -> str:
        """Return the first example, taken apart."""
        return self._first.as_text()

    def as_html(self) -> str:
        """Return the first example, taken apart."""
        return self._first.as_html()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: Any = self.widget._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return dict(data or {}) | super()._repr_mimebundle_(**kwargs)

    def _asked(self, widget: Any, content: Mapping[str, str], buffers: object) -> None:
        """Send what the browser asks for, and tell it what came back."""
        assert self._server is not None
        widget.send(_send(self._server, bytes.fromhex(content["hex"])))


def _send(server: "Service", data: bytes) -> dict[str, Any]:
    """Send bytes over a connection of their own; return what came back in a second."""
    from wslib.raw_client import RawClient

    frames: list[str] = []
    ended, error = False, ""
    try:
        with RawClient(server, timeout=_PATIENCE) as client:
            client.send(data)
            end = time.monotonic() + _PATIENCE
            while len(frames) < _MOST and (left := end - time.monotonic()) > 0:
                client.socket.settimeout(min(left, _PAUSE) if frames else left)
                frames += [frame.serialize().hex(" ") for frame in client.frames(1)]
    except TimeoutError:
        pass  # it has no more to say
    except ConnectionRefusedError:
        error = "Nobody listens there: the server has been stopped. "
        error += "Run the cell that starts it, and then this one."
    except ConnectionError:
        ended = True
    except (OSError, RuntimeError, ProtocolError) as problem:
        error = str(problem)
    return {"frames": frames, "ended": ended, "error": error}
