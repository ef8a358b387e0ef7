"""The page without a browser: what is served to whom, and what a notebook stores."""

import base64
import hashlib
import html
import http.client
import json
import re
import socket
import subprocess
import sys
import urllib.request
from importlib.metadata import version

import pytest
import websocket

from wslib import page
from wslib.handshake import build_request
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer

WIDGET = "application/vnd.jupyter.widget-view+json"

only_gets_come_through = pytest.mark.skipif(
    version("websockets").startswith("16."),
    reason="websockets 16 hangs up on everything but GET",
)


def ask(
    server: EchoServer, method: str, target: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send a request as any HTTP client does; return the response and its body."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        client.request(method, target)
        response = client.getresponse()
        return response, response.read()
    finally:
        client.close()


def embedded(element: str) -> list[str]:
    """Return the page's own scripts or styles."""
    return re.findall(rf"<{element}\b[^>]*>(.*?)</{element}>", page.HTML, re.DOTALL)


# --- what the port answers ------------------------------------------------------------


def test_one_port_serves_the_page_and_speaks_websocket() -> None:
    with EchoServer(page=True) as server:
        response, body = ask(server, "GET", "/")
        client = websocket.create_connection(server.url, timeout=10)
        client.send("Hello")
        assert client.recv() == "Received:  Hello"
        client.close()
    assert response.status == 200
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert response.getheader("Cache-Control") == "no-store"
    assert response.getheader("X-Frame-Options") is None  # a notebook frames it
    assert "frame-ancestors" not in response.headers["Content-Security-Policy"]
    assert body.decode() == page.HTML


def test_a_query_makes_no_difference_and_another_path_finds_nothing() -> None:
    with EchoServer(page=True) as server:
        assert ask(server, "GET", "/?reload=1")[0].status == 200
        response, body = ask(server, "GET", "/chat")
        assert response.status == 404
        assert response.getheader("Content-Type") == "text/plain; charset=utf-8"
        assert b"The page is at /" in body
        websocket.create_connection(server.url + "/chat", timeout=10).close()


def test_the_log_has_the_page_and_what_was_not_found_but_no_icon() -> None:
    with EchoServer(page=True) as server:
        for target in ("/", "/favicon.ico", "/robots.txt"):
            ask(server, "GET", target)
        assert list(server.log) == [
            "Answered /: 200 OK",
            "Refused /robots.txt: 404 Not Found",
        ]


def test_the_icon_that_browsers_ask_for_is_no_error() -> None:
    with EchoServer(page=True) as server:
        response, body = ask(server, "GET", "/favicon.ico")
    assert (response.status, body) == (204, b"")


@only_gets_come_through
def test_head_is_get_without_the_body() -> None:
    with EchoServer(page=True) as server:
        for target in ("/", "/nothing"):
            got, body = ask(server, "GET", target)
            head, nothing = ask(server, "HEAD", target)
            assert (head.status, nothing) == (got.status, b"")
            assert int(head.headers["Content-Length"]) == len(body)


@only_gets_come_through
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "BREW"])
def test_another_method_is_refused_and_told_which_there_are(method: str) -> None:
    with EchoServer(page=True) as server:
        response, body = ask(server, method, "/")
    assert (response.status, response.getheader("Allow")) == (405, "GET, HEAD")
    assert method.encode() in body


def test_without_the_page_a_plain_request_is_told_to_upgrade() -> None:
    with EchoServer() as server:
        response, _ = ask(server, "GET", "/")
        assert response.status == 426
        assert list(server.log) == ["Refused /: 426 Upgrade Required"]


def test_in_a_terminal_the_page_is_there_too() -> None:
    command = [sys.executable, "-m", "wslib.server", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            [address] = re.findall(r"http://127\.0\.0\.1:\d+", first)
            with urllib.request.urlopen(address, timeout=10) as response:
                assert response.read().decode() == page.HTML
            assert process.stdout.readline() == "Answered /: 200 OK\n"
        finally:
            process.terminate()


def test_the_page_and_a_process_request_of_ones_own_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="process_request"):
        EchoServer(page=True, process_request=lambda connection, request: None)
    EchoServer(process_request=lambda connection, request: None)


def test_handshakes_are_kept_as_they_arrived_the_refused_too() -> None:
    good = build_request("a", "/x?y", origin="http://o", headers=[("x-Odd", "a, b")])
    bad = build_request("a", key="short")
    with EchoServer(page=True) as server:
        for request in (good, bad):
            with socket.create_connection(("127.0.0.1", server.port), 10) as client:
                client.sendall(request.serialize())
                assert client.recv(12) in (b"HTTP/1.1 101", b"HTTP/1.1 400")
        ask(server, "GET", "/")
        assert server.handshakes == [good, bad]


# --- the file -------------------------------------------------------------------------


@pytest.mark.parametrize("element", ["script", "style"])
def test_the_policy_names_the_pages_own_script_and_style_and_no_other(
    element: str,
) -> None:
    [text] = embedded(element)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    directives = dict(d.strip().split(" ", 1) for d in page.POLICY.split(";"))
    assert directives[f"{element}-src"] == f"'sha256-{digest}'"
    assert directives["default-src"] == "'none'"
    assert not re.search(rf"<{element}\s", page.HTML)  # none with a source elsewhere


def test_the_page_needs_nothing_from_anywhere_and_is_short_enough_to_read() -> None:
    assert "//" not in re.sub(r"//\s.*", "", page.HTML)
    assert not re.findall(r"<[^>]+\son\w+=", page.HTML), "an inline handler"
    assert "innerHTML =" not in page.HTML
    lines = page.HTML.splitlines()
    assert len(lines) < 200
    assert max(map(len, lines)) <= 112


def test_the_console_says_what_the_book_chapters_page_says() -> None:
    said = re.findall(r'console\.log\("([^"]+)"', page.HTML)
    assert said == [
        "connected to ",
        "message received: ",
        "connection closed (",
        "onload",
    ]


# --- in a notebook --------------------------------------------------------------------


def test_what_is_stored_is_the_same_for_every_server_and_holds_no_port() -> None:
    stored = []
    for _ in range(2):
        with EchoServer(page=True) as server:
            shown = page.show(server), page.script(server, sandbox=True)
            both = page.links({"one": server, "<two>": server})
            for one in (*shown, page.script(server), both):
                bundle = one._repr_mimebundle_()
                assert str(server.port) in one.document
                assert bundle.pop(WIDGET)["model_id"]
                assert str(server.port) not in json.dumps(bundle)
                assert bundle["text/plain"] == repr(one)
                assert one.words in html.unescape(bundle["text/html"])
                stored.append(bundle)
    assert stored[:4] == stored[4:]
    assert len({bundle["text/plain"] for bundle in stored}) == 4


def test_the_frame_has_a_title_and_the_height_that_is_asked_for() -> None:
    with EchoServer(page=True) as server:
        shown = page.show(server, height=321)
    title = 'title="the page &quot;WebSocket Echo Test&quot;"'
    assert shown.element.startswith(f"<iframe {title} ")
    assert "height: 321px" in shown.element
    [document] = re.findall('srcdoc="(.*?)"', shown.element, re.DOTALL)
    assert html.unescape(document) == shown.document


def test_a_relay_is_shown_at_its_own_port() -> None:
    with EchoServer(page=True) as server, RecordingProxy(server.url + "/x") as relay:
        document = page.show(relay).document
    assert f'"http://127.0.0.1:{relay.port}/"' in document
    assert f"proxy/{relay.port}/" in document


def test_links_know_the_address_of_each_server_and_say_what_each_is() -> None:
    with EchoServer(page=True) as one, EchoServer(page=True) as two:
        shown = page.links({"the first": one, "</script>": two})
    assert repr(shown) == "[in a browser: links to the first, </script>]"
    for server in (one, two):
        assert f'"http://127.0.0.1:{server.port}/"' in shown.document
        assert f"proxy/{server.port}/" in shown.document
    assert shown.document.count("</script>") == 1


@pytest.mark.parametrize("sandbox", [False, True])
def test_a_script_is_a_document_of_its_own_inside_the_frames(sandbox: bool) -> None:
    with EchoServer() as server:
        document = page.script(server, sandbox=sandbox).document
    assert document.count("</script>") == 1, "the inner one must not end the outer"
    [quoted] = re.findall(r"const inner = (.*?);\n", document)
    inner = json.loads(quoted)
    assert inner.endswith("</script></body></html>")
    assert inner.count("HTTP") == 1, "where the address is put in"
    kind = "sandboxed" if sandbox else "notebook"
    assert f"?{kind}" in inner and f"`{kind}; fetch: " in inner
    assert f'"{kind}; WebSocket: its answer' in inner
    assert f"if ({str(sandbox).lower()}) frameElement.setAttribute" in document


def test_a_server_that_was_never_started_has_no_page_to_show() -> None:
    with pytest.raises(RuntimeError, match="start"):
        page.show(EchoServer(page=True))
