"""The page "WebSocket Echo Test": a browser as the client, and how a notebook shows it.

    browser                       EchoServer(page=True), one port
    GET / HTTP/1.1             ▶
                               ◀  200, page.html
    GET / ... Upgrade          ▶
                               ◀  101, and from here on WebSocket

The page is one file, ``page.html``, to be read in the browser's View Source. It
connects to the address that it came from, so it needs to be told nothing.

**Where a notebook's browser finds the server.** The kernel knows the port, and not how
a browser reaches it: on a hub, in a container or through ``ssh -L``, 127.0.0.1 is
another machine there. The browser knows its own address, and JupyterLab's page says in
its ``jupyter-config-data`` under which path JupyterLab lives. So the kernel sends only
the port, and a small script in the frame chooses. If JupyterLab was opened at a
loopback address, it tries 127.0.0.1 first. If not, or if nothing answers there, it goes
to ``proxy/<port>/`` under JupyterLab's own address, where jupyter-server-proxy passes
both the page and its WebSocket on; from https the page makes wss.

**What a browser sends.** Far more than a program: ``BROWSER`` is what one sent, line by
line, for a notebook that is run where no browser is.

**What is stored in a notebook.** The port differs from run to run, and a stored output
must not. So the frame is a widget: what is in it goes from the kernel to the browser
and never into the file. What the file holds, and what a preview shows, are words.
"""

import base64
import hashlib
import html
import importlib.resources
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Response

from wslib import http1
from wslib.service import Service

__all__ = [
    "BROWSER",
    "HTML",
    "TITLE",
    "HeaderSet",
    "InBrowser",
    "links",
    "policy",
    "respond",
    "response",
    "script",
    "show",
]

HTML = importlib.resources.files("wslib").joinpath("page.html").read_text("utf-8")
TITLE = "WebSocket Echo Test"


def policy(document: str) -> str:
    """Return the Content-Security-Policy of a page, given its HTML.

    The page may run its own script, and connect to where it came from or to this
    machine. Who may show it in a frame is left open: a notebook may be at any address.
    """

    def hashes(element: str) -> str:
        texts = re.findall(rf"<{element}>(.*?)</{element}>", document, re.DOTALL)
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)

    return (
        f"default-src 'none'; script-src {hashes('script')}; "
        f"style-src {hashes('style')}; img-src data:; "
        f"connect-src 'self' ws://127.0.0.1:* ws://localhost:*; "
        f"base-uri 'none'; form-action 'none'"
    )


POLICY = policy(HTML)


@dataclass(frozen=True, kw_only=True)
class HeaderSet:
    """The header fields that one kind of client sends.

    Attributes:
        name: What kind of client it is.
        fetch: What it sends with a request of a script.
        events: What it sends to open a stream of Server-Sent Events.
        socket: What it sends in an opening handshake.
    """

    name: str
    fetch: http1.Headers
    events: http1.Headers
    socket: http1.Headers

    @classmethod
    def from_lines(cls, name: str, *, fetch: str, events: str, socket: str) -> Self:
        """Return the fields that stand in lines of text, one to a line."""
        return cls(
            name=name,
            fetch=_fields(fetch),
            events=_fields(events),
            socket=_fields(socket),
        )


def _fields(lines: str) -> http1.Headers:
    """Read header fields from lines of text."""
    head = "\r\n".join(["GET / HTTP/1.1", *lines.strip().splitlines(), "", ""])
    parsed = http1.parse_request(head.encode("ascii"))
    assert parsed is not None
    return parsed[0].headers


# What a browser sends. Captured from Chromium 156 on Linux, in a window (a headless one
# calls itself by another name), from a page of a local server that ran
#
#     fetch("/score")      new EventSource("/score/events")      new WebSocket(...)
#
# and kept line by line. Only the host was replaced: ``127.0.0.1`` and the port by
# ``scoreboard.example``. A browser trusts loopback as much as https, so these are the
# lines that a page on https sends. On plain http a fetch is 187 bytes shorter: without
# the six lines that begin with ``sec-``, and without ``br, zstd``. No cookie was set: a
# site that knows its visitors adds one more line to each.
BROWSER = HeaderSet.from_lines(
    "browser",
    fetch="""
Host: scoreboard.example
Connection: keep-alive
sec-ch-ua-platform: "Linux"
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/156.0.0.0 Safari/537.36
sec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"
sec-ch-ua-mobile: ?0
Accept: */*
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: http://scoreboard.example/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
""",
    events="""
Host: scoreboard.example
Connection: keep-alive
Pragma: no-cache
Cache-Control: no-cache
sec-ch-ua-platform: "Linux"
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/156.0.0.0 Safari/537.36
Accept: text/event-stream
sec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"
sec-ch-ua-mobile: ?0
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: http://scoreboard.example/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
""",
    socket="""
Host: scoreboard.example
Connection: Upgrade
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/156.0.0.0 Safari/537.36
Upgrade: websocket
Origin: http://scoreboard.example
Sec-WebSocket-Version: 13
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
Sec-WebSocket-Key: wu2vWjN7SsBjFmlPGLTDsA==
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
""",
)


def respond(method: str, target: str) -> Response:
    """Return the answer to a request that is no opening handshake.

    Args:
        method: Of the request, such as ``GET``.
        target: Of the request, such as ``/``; a query makes no difference.
    """
    path = target.partition("?")[0]
    if method not in ("GET", "HEAD"):
        words = f"{method} is not for here: GET / is the page.\n"
        return response(405, "Method Not Allowed", words, ("Allow", "GET, HEAD"))
    if path == "/":
        field = ("Content-Security-Policy", POLICY)
        answer = response(200, "OK", HTML, field, kind="text/html")
    elif path == "/favicon.ico":  # browsers ask for it unasked; there is none
        answer = response(204, "No Content", "")
    else:
        words = "Nothing here. The page is at /, and so is the WebSocket.\n"
        answer = response(404, "Not Found", words)
    if method == "HEAD":
        answer.body = b""
    return answer


def response(
    status: int,
    phrase: str,
    text: str,
    *more: tuple[str, str],
    kind: str = "text/plain",
) -> Response:
    """Return a response to a plain request; the connection ends with it.

    Args:
        status: Its code.
        phrase: The words behind the code.
        text: Its body.
        more: Header fields beside those that every response has.
        kind: What the text is.
    """
    body = text.encode()
    headers = Headers()
    headers["Connection"] = "close"
    headers["Cache-Control"] = "no-store"
    if status != 204:  # RFC 9110, section 8.6: no Content-Length with a 204
        headers["Content-Type"] = f"{kind}; charset=utf-8"
        headers["Content-Length"] = str(len(body))
        headers["X-Content-Type-Options"] = "nosniff"
    for name, value in more:
        headers[name] = value
    return Response(status, phrase, headers, body)


def show(service: Service, *, height: int = 620) -> "InBrowser":
    """Return the page of a server, or of a relay before it, in a frame.

    Args:
        service: An ``EchoServer(page=True)``, or a ``RecordingProxy`` before one.
        height: Of the frame, in pixels.
    """
    go = "location.replace(url);"  # no way back: the browser's Back is the notebook's
    return InBrowser([service], f'the page "{TITLE}"', height, go)


def script(service: Service, *, sandbox: bool = False) -> "InBrowser":
    """Return a frame with a script that is a client twice: by fetch, and by WebSocket.

    It belongs to the notebook's own page, so the origin that the server sees is
    JupyterLab's. It shows which of the two answers it may read, and its messages say
    it to the server.

    Args:
        service: An ``EchoServer(page=True)``.
        sandbox: Whether to take the origin away from it, as a page does with content
            that it does not trust: the server then sees ``Origin: null``. On a hub,
            JupyterLab refuses such a script its WebSocket.
    """
    who = "a sandboxed script" if sandbox else "a script of this notebook's page"
    inner = _CLIENT.replace("WHO", who)
    inner = inner.replace("KIND", "sandboxed" if sandbox else "notebook")
    go = f"""
      const inner = {_quoted(inner)};
      if ({_quoted(sandbox)}) frameElement.setAttribute("sandbox", "allow-scripts");
      frameElement.srcdoc = inner.replace("HTTP", () => JSON.stringify(url.href));
    """
    return InBrowser([service], f"{who}: a fetch, and then a WebSocket", 190, go)


# What such a script is. What it finds goes to the server, too, as its messages.
_CLIENT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A script as a client</title>
<style>:root { color-scheme: light dark } body { font: 1rem/1.4 system-ui, sans-serif }
p { margin: 0 0 .2rem }</style></head>
<body><main role="log" id="words"></main><script>
"use strict";
const say = (text) => {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("words").append(line);
};
(async () => {
  const url = HTTP + "?KIND";
  say(`Here is WHO. Its origin: ${self.origin}`);
  const fetched = await fetch(url).then((it) => it.text())
    .then(() => "its answer I can read", () => "its answer I may not read");
  say(`fetch: ${fetched}.`);
  const socket = new WebSocket(url.replace(/^http/, "ws"));
  socket.onopen = () => {
    say("WebSocket: open.");
    socket.send(`KIND; fetch: ${fetched}`);
  };
  socket.onmessage = (event) => {
    say("WebSocket: its answer I can read: " + event.data);
    socket.send("KIND; WebSocket: its answer I can read");
    socket.close(1000);  // from here on no message comes to this function
  };
  socket.onerror = () => say("WebSocket: error.");
  socket.onclose = (event) => say("WebSocket: close, code " + event.code + ".");
})();
</script></body></html>"""


def links(services: Mapping[str, Service]) -> "InBrowser":
    """Return links that open the pages of several servers in tabs of their own.

    On a hub all of them come from one origin, JupyterLab's: it then says so.

    Args:
        services: What each is called, and who serves it.
    """
    go = """
      say("Each opens in a tab of its own:");
      urls.forEach((url, index) => {
        const link = document.createElement("a");
        Object.assign(link, {href: url, target: "_blank", rel: "noopener"});
        link.textContent = names[index];
        say("").append(link);
      });
      if (urls.some((url) => url.host === lab.host))
        say("JupyterLab passes them on under its own address. So to your browser " +
            "they are one origin, and what one origin does to another cannot be " +
            "seen here: that takes JupyterLab on your own machine.");
    """
    names = list(services)
    words = "links to " + ", ".join(names)
    height = 60 + 30 * len(names)
    return InBrowser(
        list(services.values()), words, height, f"const names = {_quoted(names)};{go}"
    )


def _quoted(value: object) -> str:
    """Return a value as JavaScript in which no "</script>" can end the script."""
    return json.dumps(value).replace("<", r"\u003c")


class InBrowser:
    """Something that happens in the browser of whoever reads the notebook.

    Args:
        services: What the browser is to reach.
        words: What it is, for whoever has no browser on it.
        height: Of the frame, in pixels.
        go: What to do with the ``urls`` once they are known, in JavaScript; the first
            is called ``url``.
    """

    def __init__(
        self, services: Sequence[Service], words: str, height: int, go: str
    ) -> None:
        self.words = words
        self.height = height
        places = [  # 127.0.0.1, in most cases, and the port; and the way round
            (f"http://{urlsplit(service.url).netloc}/", f"proxy/{service.port}/")
            for service in services
        ]
        document = _DOCUMENT.replace("PLACES", json.dumps(places))
        self.document = document.replace("GO", go)

    def __repr__(self) -> str:
        """Return the words."""
        return f"[in a browser: {self.words}]"

    @property
    def element(self) -> str:
        """The frame, as an HTML element."""
        style = f"width: 100%; height: {self.height}px; border: 1px solid #767676"
        return (
            f'<iframe title="{html.escape(self.words)}" style="{style}" '
            f'srcdoc="{html.escape(self.document)}"></iframe>'
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Return the frame for a browser with a kernel, and words for all others."""
        import ipywidgets as widgets

        bundle: dict[str, Any] = widgets.HTML(self.element)._repr_mimebundle_(**kwargs)
        fallback = f"<p>{html.escape(repr(self))} Run the cell to have it here.</p>"
        return bundle | {"text/plain": repr(self), "text/html": fallback}


# The frame's first document: it has the origin of the page around it, and looks at it.
_DOCUMENT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Looking for the server</title>
<style>:root { color-scheme: light dark } body { font: 1rem/1.4 system-ui, sans-serif }
p { margin: 0 0 .2rem }</style></head>
<body><main role="log" id="words"></main><script>
"use strict";
const say = (text) => {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("words").append(line);
  return line;
};
// The icon's path, since the server answers it without a word in its log.
const answers = (url) => fetch(new URL("favicon.ico?there", url), {mode: "no-cors"})
  .then((it) => it.type === "opaque" || it.ok || it.status === 426, () => false);
(async () => {
  const lab = new URL(document.baseURI);  // the address of the notebook's page
  let base = null;                        // the path under which JupyterLab lives
  try {
    const config = parent.document.getElementById("jupyter-config-data");
    base = config ? JSON.parse(config.textContent).baseUrl
                  : parent.document.body.dataset.baseUrl;
  } catch { }                             // a page that does not let itself be read
  const near = !base || /^(localhost|127[.][0-9.]+|\\[::1\\])$/.test(lab.hostname);
  const find = async ([direct, proxied]) => {
    if (near && await answers(direct)) return new URL(direct);
    const url = base && new URL(base + proxied, lab);
    return url && await answers(url) ? url : null;
  };
  const urls = await Promise.all(PLACES.map(find));
  const [url] = urls;
  if (urls.every(Boolean)) { GO return; }
  say("The server in the kernel cannot be reached from this browser.");
  say("Has it been stopped? The last cell of a notebook does that. Run the cell that " +
      "starts it again, and then this one.");
  say("Is it running? Then JupyterLab is on another machine, and needs the package " +
      "jupyter-server-proxy there: pip install jupyter-server-proxy, and start " +
      "JupyterLab again.");
})();
</script></body></html>"""
