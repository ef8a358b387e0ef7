"""The suite finds each fault, and none where there is none; it comes to an end."""

import contextlib
import re
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace

import pytest
from websockets.asyncio.server import ServerConnection

from wslib import endpoint
from wslib.deflate import Parameters, PerMessageDeflate
from wslib.frames import Frame, Opcode
from wslib.labs.conformance import (
    CASES,
    COMPRESSION,
    Case,
    Marks,
    Result,
    Verdict,
    ask,
    run,
)
from wslib.labs.workshop import STEPS, NoWire, Steps, WorkshopServer, finished
from wslib.server import EchoServer
from wslib.service import Service

BY_NAME = {case.name: case for case in CASES}
GROUPS = (
    *("handshake", "framing", "pings", "reserved bits", "opcodes", "fragmentation"),
    *("UTF-8", "closing", "limits"),
)
Handler = Callable[[socket.socket], object]


@contextlib.contextmanager
def answered_by(handler: Handler) -> Iterator[str]:
    """Serve each connection in a thread; return the address."""
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            handler(connection)

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(20)
                threads.append(threading.Thread(target=one, args=[connection]))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        main = threading.Thread(target=serve, args=[listener])
        main.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        main.join()
    for thread in threads:
        thread.join()


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


# --- the table ------------------------------------------------------------------------


def test_the_cases_are_in_the_groups_of_the_public_suite() -> None:
    assert tuple(dict.fromkeys(case.group for case in CASES)) == GROUPS
    assert len(CASES) >= 80
    assert len(BY_NAME) == len(CASES)


@pytest.mark.parametrize("case", [*CASES, *COMPRESSION], ids=lambda case: case.name)
def test_a_case_says_what_it_sends_what_is_due_and_why(case: Case) -> None:
    assert case.title and case.rule and case.due
    assert re.fullmatch(r"\d+(\.\d+)*", case.section), "a section of its RFC"
    assert (case.rfc == 7692) == (case in COMPRESSION and case.section != "10.4")
    assert not case.title.endswith(".")
    assert case.needs in (*BY_NAME, "", COMPRESSION[0].name)
    assert all(sent for sent, _ in case.steps)


# --- servers without a fault ----------------------------------------------------------


def test_our_endpoint_does_all_as_it_is_usual() -> None:
    command = [sys.executable, "-u", "-m", "wslib.endpoint", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as program:
        try:
            line = program.stdout.readline() if program.stdout else ""
            [url] = re.findall(r"ws://\S+", line)
            report = run(url)
        finally:
            program.terminate()
    usual = (Verdict.OK, Verdict.INFORMATIONAL)
    assert [r for r in report.results if r.verdict not in usual] == []


def test_where_a_library_deviates_it_is_named_with_its_section() -> None:
    with EchoServer(echo) as server:
        report = run(server.url)
    found = {name: report.by_name[name].case.section for name in report.failed}
    assert found == {
        "no-host": "4.2.1",
        "version-8": "4.4",
        "length-16-not-minimal": "5.2",
        "length-64-not-minimal": "5.2",
        "close-between": "5.4",
    }


def test_without_a_wire_it_finds_the_same() -> None:
    def verdicts(results: list[Result]) -> list[tuple[str, Verdict]]:
        return [(result.case.name, result.verdict) for result in results]

    for count in 2, 4, 7, 10:
        with WorkshopServer(*STEPS[:count]) as server:
            there = run(server.url)
        here = run(lambda n=count: NoWire(Steps(*STEPS[:n])), at_once=1)  # type: ignore[misc]
        assert verdicts(there.results) == verdicts(here.results)


def test_a_server_may_ping_whenever_it_likes() -> None:
    async def pinging(connection: ServerConnection) -> None:
        for _ in range(3):
            await connection.ping()
        await echo(connection)

    with EchoServer(pinging) as server:
        report = run(server.url)
    assert len(report.failed) == 5 and not report.not_tried


FAULTS: dict[str, tuple[bytes, str]] = {
    "reserved": (b"\xc1\x05Hello", "a reserved bit is set (5.2)"),
    "long": (b"\x81\x7e\x00\x05Hello", "not written in the fewest bytes (5.2)"),
    "longer": (b"\x81\x7f" + bytes(7) + b"\x05Hello", "in the fewest bytes (5.2)"),
    "inside": (b"\x01\x03Hel\x81\x05Hello", "a message inside another (5.4)"),
    "1005": (b"\x81\x05Hello\x88\x02\x03\xed", "1005 is never sent (7.4)"),
    "reason": (b"\x81\x05Hello\x88\x03\x03\xe8\xff", "a reason is UTF-8 (5.5.1)"),
    "ping": (b"\x09\x00\x81\x05Hello", "a control frame has FIN"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_no_client_would_take_is_a_fault_wherever_it_comes(name: str) -> None:
    wire, words = FAULTS[name]

    def serve(connection: socket.socket) -> None:
        head(connection)
        connection.recv(4096)
        connection.sendall(wire)

    with answered_by(serve) as url:
        result = ask(BY_NAME["hello"], url, patience=0.3)
    assert result.verdict is Verdict.FAILED
    assert words in str(result), str(result)


def head(connection: socket.socket) -> bytes:
    """Read a request; answer as the finished step does, in an odd but legal style."""
    data = b""
    while (found := finished.read_request(data)) is None:
        data += connection.recv(4096)
    answer = finished.answer(found[0])
    for name in b"Upgrade", b"Connection", b"Sec-WebSocket-Accept":
        answer = answer.replace(name + b":", name.lower() + b":\t")
    answer = answer.replace(b" Switching Protocols", b" ")
    answer = answer.replace(b"websocket\r\n", b"WebSocket \r\nX-More: 1\r\n")
    answer = answer.replace(b"\tUpgrade", b"\tupgrade")
    connection.sendall(answer)
    return answer


ODD = ["opening", "accept", "upgrade-field", "connection-field", "hello", "text-126"]


@pytest.mark.parametrize("name", ODD)
def test_an_answer_in_an_odd_style_is_right(name: str) -> None:
    def serve(connection: socket.socket) -> None:
        head(connection)
        data = b""
        while data := data + connection.recv(4096):
            while found := finished.read_frame(data):
                _, opcode, payload, size = found
                data = data[size:]
                if opcode == 8:
                    connection.sendall(finished.write_frame(8, payload[:2]))
                    return
                if opcode == 1:  # a Ping, a Pong; and the echo in two fragments
                    echoed = b"\x01" + finished.write_frame(1, payload[:2])[1:]
                    echoed += finished.write_frame(0, payload[2:])
                    connection.sendall(b"\x89\x00\x8a\x00" + echoed)

    with answered_by(serve) as url:
        assert ask(BY_NAME[name], url).verdict is Verdict.OK


# --- servers that compress ------------------------------------------------------------


class Deflating(Service):
    """Our endpoint, told to compress."""

    scheme = "ws"

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        deflate = Parameters()
        async with endpoint.serve(endpoint.echo, deflate=deflate) as server:
            yield server.sockets


def test_our_endpoint_compresses_as_it_is_usual() -> None:
    with Deflating() as server:
        report = run(server.url, COMPRESSION)
    usual = (Verdict.OK, Verdict.INFORMATIONAL)
    assert [r for r in report.results if r.verdict not in usual] == []
    assert report.headline == f"0 of {len(COMPRESSION)} cases failed"


def test_where_the_library_deviates_in_compression_it_is_named_with_its_section() -> (
    None
):
    """It loses what follows a message whose block calls itself the last."""
    with EchoServer(echo, compression="deflate") as server:
        report = run(server.url, COMPRESSION)
    [result] = [report.by_name[name] for name in report.failed]
    assert result.came == "Text 'Hello', Text ''"
    assert "rule  RFC 7692, section 7.2.3.4: whatever DEFLATE allows" in str(result)
    assert not any(r.verdict is Verdict.NON_STRICT for r in report.results)


def test_a_server_that_declines_is_asked_no_more_and_that_is_said() -> None:
    with EchoServer(echo) as server:
        report = run(server.url, COMPRESSION)
    assert report.ok and [r.case.name for r in report.results] == ["deflate-offer"]
    words = f"it declines to compress, so {len(COMPRESSION) - 1} cases were not asked"
    assert words in report.headline and words in report.as_text()


class Ill(PerMessageDeflate):
    """An extension with a bug, as servers had them."""

    bug = ""

    def __init__(self, agreed: Parameters, *, client: bool) -> None:
        super().__init__(agreed, client=client)
        if self.bug == "remembers":
            self._deflater_forgets = False
        elif self.bug == "has a wide window":
            self._deflater_bits = 15
        elif self.bug == "forgets":
            self._inflater_forgets = True

    def decode(self, frame: Frame, max_payload: int) -> Frame:
        continued = frame.opcode is Opcode.CONTINUATION
        if self.bug == "takes RSV1 anywhere" and continued:
            frame = replace(frame, rsv1=False)
        if self.bug == "inflates whatever comes" and not continued:
            frame = replace(frame, rsv1=True)
        if self.bug == "inflates each fragment":
            found = super().decode(replace(frame, fin=True), max_payload)
            return replace(found, fin=frame.fin)
        if self.bug == "takes noise as it is" and frame.payload == b"Hello":
            return replace(frame, rsv1=False)
        return super().decode(frame, max_payload)

    def _inflate(self, data: bytes, max_payload: int) -> bytes:
        if self.bug != "stops at a last block":
            return super()._inflate(data, max_payload)
        self._inflater = self._inflater or zlib.decompressobj(wbits=-15)
        return self._inflater.decompress(data, max_payload)


BUGS = {
    "remembers": {"deflate-forgets"},
    "has a wide window": {"deflate-window-9"},
    "forgets": {"deflate-context"},
    "takes RSV1 anywhere": {"deflate-rsv1-later"},
    "inflates whatever comes": {"deflate-not", "deflate-forgets", "deflate-window-9"},
    "inflates each fragment": {"deflate-fragments"},
    "takes noise as it is": {"deflate-no-deflate"},
    "stops at a last block": {"deflate-last"},
}


@pytest.mark.parametrize("bug", BUGS)
def test_each_bug_of_a_server_that_compresses_is_found(
    bug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ill, "bug", bug)
    monkeypatch.setattr(endpoint, "PerMessageDeflate", Ill)
    with Deflating() as server:
        report = run(server.url, COMPRESSION)
    assert {*report.failed} == BUGS[bug]


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (Parameters(), {"deflate-four", "deflate-unknown", "deflate-window-16"}),
        (Parameters(client_max_window_bits=10), {"deflate-offer"}),
    ],
)
def test_an_answer_that_does_not_fit_the_offer_is_found(
    answer: Parameters, failed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        endpoint, "accept_offer", lambda offers, wishes: answer if offers else None
    )
    with Deflating() as server:
        report = run(server.url, COMPRESSION)
    assert failed <= {*report.failed}
    if "deflate-offer" in failed:
        assert len(report.not_tried) == len(COMPRESSION) - 1


def test_whoever_asks_the_client_to_forget_is_sent_nothing_that_refers_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forget = Parameters(client_no_context_takeover=True)
    monkeypatch.setattr(
        endpoint, "accept_offer", lambda offers, wishes: forget if offers else None
    )
    with Deflating() as server:
        report = run(server.url, COMPRESSION)
    assert "deflate-context" not in report.by_name and report.declined == 1


# --- servers with nothing to say ------------------------------------------------------


def silent(connection: socket.socket) -> None:
    """Read all, and say nothing."""
    while connection.recv(65536):
        pass


def open_then_silent(connection: socket.socket) -> None:
    """Open, and say nothing more."""
    head(connection)
    silent(connection)


def babbling(connection: socket.socket) -> None:
    """Send what is no HTTP, for as long as somebody reads."""
    for _ in range(1000):
        connection.sendall(b"x" * 4096)


@pytest.mark.parametrize(
    ("handler", "failed", "headline"),
    [
        (silent, "opening", "nobody answers the opening handshake; "),
        (babbling, "opening", "nobody answers the opening handshake; "),
        (open_then_silent, "hello", "not tried, for want of hello"),
    ],
)
def test_a_server_that_says_nothing_of_use_is_left_soon(
    handler: Handler, failed: str, headline: str
) -> None:
    with answered_by(handler) as url:
        report = run(url, patience=0.3)
    assert failed in report.failed and not report.ok
    assert headline in report.headline
    assert len(report.not_tried) > 100
    assert report.by_name[failed].due


def test_bytes_that_are_no_frames_are_a_failure_with_its_bytes() -> None:
    def serve(connection: socket.socket) -> None:
        head(connection)
        connection.recv(4096)
        connection.sendall(b"\xff\x7f" + b"\xff" * 30)
        silent(connection)

    with answered_by(serve) as url:
        result = ask(BY_NAME["hello"], url, patience=0.3)
    assert result.verdict is Verdict.FAILED
    assert "back  ff 7f ff ff" in str(result)


# --- who is asked ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("wss://127.0.0.1:1", "is no address of ws://"),
        ("127.0.0.1:1234", "is no address of ws://"),
        ("ws://192.0.2.1:1234", "192.0.2.1 is not on loopback"),
        ("ws://example.org", "example.org is not on loopback"),
    ],
)
def test_only_a_server_on_this_machine_is_asked(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        run(url)


def test_the_target_of_the_address_is_asked_for() -> None:
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(4096).split(b"\r\n")[0])

    with answered_by(serve) as url:
        run(url + "/chat?room=1", patience=0.3)
    assert asked == [b"GET /chat?room=1 HTTP/1.1"]


def test_progress_is_told_in_the_order_of_the_table() -> None:
    seen: list[str] = []
    cases = [case for case in CASES if case.group == "pings"]
    with WorkshopServer(*STEPS) as server:
        run(server.url, cases, progress=lambda result: seen.append(result.case.name))
    assert seen == [case.name for case in cases]


# --- what is shown --------------------------------------------------------------------


def test_a_report_says_the_rule_the_bytes_and_what_was_due() -> None:
    with WorkshopServer(*STEPS[:8]) as server:
        report = run(server.url)
    text, markup = report.as_text(), report.as_html()
    for words in (
        "unmasked (framing): failed",
        "rule  section 5.1: a frame of a client that is not masked closes",
        "out   81 05 48 65 6c 6c 6f",
        "came  Text 'Hello'",
        "due   Close 1002",
    ):
        assert words in text
    assert "rule  section 5.1" in markup and "<script" not in markup
    assert report.headline == f"{len(report.failed)} of {len(CASES)} cases failed"


def test_marks_say_in_words_what_they_say_by_their_shape() -> None:
    with WorkshopServer(*STEPS[:4]) as server:
        report = run(server.url)
    marks = Marks(report)
    text, markup = marks.as_text(), marks.as_html()
    for verdict, mark in zip(Verdict, "●◐◌✗·", strict=True):
        count = sum(result.verdict is verdict for result in report.results)
        assert text.count(mark) == count + bool(count), "one each, and in the legend"
    assert "30 of 30" in text and "30 of 30" in markup
    assert "● right" in markup and 'aria-hidden="true"' in markup


# --- in a terminal --------------------------------------------------------------------


def in_a_terminal(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-X", "utf8", "-m", "wslib.labs.conformance", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8")


def test_in_a_terminal_the_exit_status_tells() -> None:
    with WorkshopServer(*STEPS) as server:
        done = in_a_terminal(server.url)
    assert done.returncode == 0
    assert done.stderr.count(".") >= 100 and "handshake" in done.stderr
    with WorkshopServer(*STEPS[:8]) as server:
        done = in_a_terminal(server.url, "--group", "opcodes", "--group", "pings")
    assert done.returncode == 1
    assert "F" in done.stderr and "pong-126 (pings): failed" in done.stdout


def test_in_a_terminal_nobody_to_ask_is_another_status_and_no_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    for url in f"ws://127.0.0.1:{free}", "ws://example.org", "http://127.0.0.1":
        done = in_a_terminal(url)
        assert done.returncode == (1 if str(free) in url else 2), done.stderr
        assert "Traceback" not in done.stderr
