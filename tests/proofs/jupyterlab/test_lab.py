"""The course in a real JupyterLab, in a real Chromium, under a path as on a hub.

The notebooks are a copy.
"""

import contextlib
import re

import nbformat
import pytest
from browser import BASE_URL, Lab, Notebook, Tab, expect
from execute_notebooks import KERNELSPEC, ROOT
from nbformat.v4 import new_code_cell, new_notebook

PAGES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
}
# JupyterLab asks its server for a kernel that has just ended, stumbles over a cell that
# has just gone, and lets the browser look for ../images/ before it says where that is.
JUPYTERLABS_OWN = rf"{BASE_URL}api/|{BASE_URL}static/lab/|/user/images/"
# A frame knocks at its server, or opens a WebSocket to it, and by then the last cell
# may have stopped that: the frames of links, and in 05 the page and the two scripts.
STOPPED = (
    r"/favicon\.ico\?there"
    r"|_REFUSED \(http://127\.0\.0\.1:\d+/(\?sandboxed|\?notebook)?\)"
    r"|'ws://127\.0\.0\.1:\d+/\?(sandboxed|notebook)' failed: .*_REFUSED"
)
# In 05 two scripts try to read, by fetch, what they may not read.
REFUSED = r"by CORS policy|^Failed to load resource: net::ERR_FAILED \(http://127"
FRAMES = [
    "from wslib import page\n"
    "from wslib.server import EchoServer\n"
    "from wslib.service import stop_all\n"
    "server = EchoServer(page=True).start()",
    "page.show(server)",
]


@pytest.fixture
def student(students: dict[str, tuple[Tab, Notebook]]) -> tuple[Tab, Notebook]:
    return students["127.0.0.1"]


def write(jupyterlab: Lab, name: str, sources: list[str]) -> str:
    """Put a notebook into JupyterLab's folder; return its path there."""
    notebook = new_notebook(
        cells=[new_code_cell(source) for source in sources],
        metadata={"kernelspec": KERNELSPEC},
    )
    nbformat.write(notebook, jupyterlab.root / name)
    return name


# --- every notebook -------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_in_jupyterlab_and_what_lives_in_a_browser_runs_there(
    student: tuple[Tab, Notebook], jupyterlab: Lab, name: str
) -> None:
    """All the others do in it what they do for nbval, which runs them, too."""
    tab, notebook = student
    notebook.open(f"notebooks/{name}")
    before = jupyterlab.listening()
    live = name[:2] == "00" or "[in a browser: " in PAGES[name]
    outputs = notebook.run_all() if live else []
    assert bool(outputs) is live
    for output in outputs:
        assert output["output_type"] != "error", "\n".join(output["traceback"])
        assert output.get("name") != "stderr", output["text"]
    assert jupyterlab.listening() <= before, "something still listens"
    for picture in notebook.pictures():
        assert picture["width"] > 0, f"broken: {picture}"
        assert len(picture["alt"].split()) > 3, f"without words: {picture}"
    known = "|".join(
        [JUPYTERLABS_OWN, STOPPED, *([REFUSED] if name[:2] == "05" else [])]
    )
    ours = [error for error in tab.errors if not re.search(known, error)]
    assert ours == [], "on the browser's console"


@pytest.mark.parametrize("name", ["02_handshake.ipynb"])
def test_each_link_to_a_section_leads_there(
    student: tuple[Tab, Notebook], name: str
) -> None:
    tab, notebook = student
    notebook.open(f"notebooks/{name}")
    contents = tab.page.locator(".jp-MarkdownOutput p", has_text="On this page:")
    links = contents.get_by_role("link").all()
    assert len(links) > 10
    for link in links[:9:4]:
        name = link.inner_text()
        heading = tab.page.locator(".jp-MarkdownOutput h2", has_text=name)
        # JupyterLab guesses how high cells are that it has not drawn yet. So the first
        # click may lead beside the heading; by then they are drawn.
        for _ in range(2):
            notebook.scroll_to(0)
            link.click()
            with contextlib.suppress(AssertionError):
                expect(heading).to_be_in_viewport(timeout=3_000)
                break
        expect(heading).to_be_in_viewport()


# --- the frame lab --------------------------------------------------------------------


def test_a_frame_is_typed_broken_sent_and_read_by_a_cell(
    student: tuple[Tab, Notebook], jupyterlab: Lab
) -> None:
    tab, notebook = student
    sources = [
        "from wslib.server import EchoServer\nserver = EchoServer().start()",
        "from wslib.show import FrameLab\nlab = FrameLab(server=server)\nlab",
        "print(lab.frame.payload)",
        "print(lab.hex)",
        "lab.hex = '89 80 01 02 03 04'",
        "server.stop()",
    ]
    notebook.open(write(jupyterlab, "lab.ipynb", sources))
    notebook.run([0, 1])
    lab = tab.page.get_by_role("group", name="Frame lab")
    verdict = lab.get_by_role("status").first
    lab.get_by_label("Say", exact=True).fill("Ada")
    expect(verdict).to_have_text("✓ a legal frame of 9 bytes.")
    assert notebook.run([2])[0]["text"] == "b'Ada'\n"
    lab.get_by_role("button", name="RSV1").click()
    expect(verdict).to_contain_text("RFC 6455, section 5.2")
    send = lab.get_by_role("button", name="Send it to the server")
    send.click()
    expect(lab.get_by_role("status").last).to_contain_text("1002 reserved bits")
    assert notebook.run([3])[0]["text"].startswith("c1 83 ")
    notebook.run([4])
    expect(lab.get_by_label("opcode", exact=True)).to_have_value("9")
    notebook.run([5])
    send.click()
    expect(lab.get_by_role("status").last).to_contain_text("Nobody listens there")
    ours = [error for error in tab.errors if not re.search(JUPYTERLABS_OWN, error)]
    assert ours == [], "on the browser's console"


# --- the page in a notebook -----------------------------------------------------------


def converse(tab: Tab) -> None:
    """Use the page in the first frame: the four events, text and binary."""
    frame = tab.page.frame_locator("iframe").first
    expect(frame.locator("#state")).to_have_text("open")
    frame.get_by_role("button", name="Send Message").click()
    expect(frame.locator("#log")).to_contain_text("message: Received:  Hello, world!")
    frame.get_by_role("button", name="Send as bytes").click()
    expect(frame.locator("#log")).to_contain_text("message: 24 bytes 52 65")
    frame.get_by_role("button", name="Close", exact=True).click()
    expect(frame.locator("#log")).to_contain_text("close: code 1000")
    frame.get_by_role("button", name="Connect to a dead port").click()
    expect(frame.locator("#log")).to_contain_text("2 error")
    expect(frame.locator("#log")).to_contain_text("2 close: code 1006")
    expect(frame.locator("#log")).not_to_contain_text("2 open")
    frame.get_by_role("button", name="Reconnect").click()
    expect(frame.locator("#state")).to_have_text("open")


@pytest.mark.parametrize(
    ("host", "where"),
    [
        ("127.0.0.1", "http://127.0.0.1:{port}/"),
        ("localhost", "http://127.0.0.1:{port}/"),
        ("hub.example", "http://hub.example:{lab}/user/alice/proxy/{port}/"),
    ],
)
def test_the_page_in_a_frame_finds_the_kernels_server(
    jupyterlab: Lab, students: dict[str, tuple[Tab, Notebook]], host: str, where: str
) -> None:
    sources = [*FRAMES, "print(server.port)", "stop_all()"]
    tab, notebook = students[host]
    notebook.open(write(jupyterlab, "frames.ipynb", sources))
    outputs = notebook.run(range(3))
    port = outputs[-1]["text"].strip()
    converse(tab)
    address = where.format(port=port, lab=jupyterlab.port)
    [frame] = [f for f in tab.page.frames if f.url.endswith(f"{port}/")]
    assert frame.url == address
    assert tab.page.locator("iframe").get_attribute("title")
    notebook.run([3])
    expect(frame.locator("#state")).to_have_text("closed")


def test_where_127_0_0_1_is_another_machine_it_goes_through_jupyterlab(
    jupyterlab: Lab, student: tuple[Tab, Notebook]
) -> None:
    """As with ``ssh -L``: the port of JupyterLab leads to that machine, no other."""
    tab, notebook = student
    notebook.open(write(jupyterlab, "ssh.ipynb", [*FRAMES, "print(server.port)"]))
    notebook.run([0])
    port = notebook.run([2])[-1]["text"].strip()
    tab.page.route(f"http://127.0.0.1:{port}/**", lambda route: route.abort())
    notebook.run([1])
    frame = tab.page.frame_locator("iframe").first
    expect(frame.locator("#url")).to_contain_text(f"{BASE_URL}proxy/{port}/")
    converse(tab)


def test_where_nothing_leads_to_the_server_the_frame_says_what_to_do(
    jupyterlab: Lab, students: dict[str, tuple[Tab, Notebook]]
) -> None:
    tab, notebook = students["hub.example"]
    tab.page.route("**/proxy/**", lambda route: route.fulfill(status=404))
    notebook.open(write(jupyterlab, "lost.ipynb", FRAMES))
    notebook.run_all()
    words = tab.page.frame_locator("iframe").first.get_by_role("log")
    expect(words).to_contain_text("pip install jupyter-server-proxy")


def test_the_origin_tells_the_ways_into_a_notebook_apart(
    jupyterlab: Lab, student: tuple[Tab, Notebook]
) -> None:
    tab, notebook = student
    sources = [
        FRAMES[0],
        "page.show(server)",
        "page.script(server, sandbox=True)",
        "page.script(server)",
        "print(server.port, *sorted(h.get('Origin') for h in server.handshakes))",
    ]
    notebook.open(write(jupyterlab, "origins.ipynb", sources))
    notebook.run(range(4))
    frames = [tab.page.frame_locator("iframe").nth(n) for n in range(3)]
    expect(frames[0].locator("#state")).to_have_text("open")
    for frame, kind in (frames[1], "sandboxed"), (frames[2], "notebook"):
        expect(frame.get_by_role("log")).to_contain_text("close, code 1000")
        expect(frame.get_by_role("log")).to_contain_text(f"Received:  {kind}; fetch: ")
    port, *origins = notebook.run([4])[-1]["text"].split()
    jupyters = f"http://127.0.0.1:{jupyterlab.port}"
    assert origins == sorted([f"http://127.0.0.1:{port}", jupyters, "null"])


def test_what_jupyterlab_saves_holds_no_port(
    jupyterlab: Lab, student: tuple[Tab, Notebook]
) -> None:
    _, notebook = student
    path = write(jupyterlab, "saved.ipynb", [*FRAMES, "print(server.port)"])
    notebook.open(path)
    port = notebook.run(range(3))[-1]["text"].strip()
    notebook.save()
    saved = nbformat.read(jupyterlab.root / path, as_version=4)
    saved.cells.pop()  # the one that printed it
    assert "WebSocket Echo Test" in nbformat.writes(saved)
    assert port not in nbformat.writes(saved)


def test_the_page_stays_when_it_is_scrolled_out_of_sight(
    jupyterlab: Lab, student: tuple[Tab, Notebook]
) -> None:
    tab, notebook = student
    sources = [*FRAMES, *(f"print('line\\n' * {50 + n})" for n in range(20))]
    notebook.open(write(jupyterlab, "long.ipynb", sources))
    notebook.run_all()
    frame = tab.page.frame_locator("iframe").first
    frame.get_by_role("button", name="Send Message").click()
    expect(frame.locator("#log")).to_contain_text("message: ")
    for end in (len(sources) - 1, 1):
        notebook.scroll_to(end)
    expect(frame.locator("#log")).to_contain_text("message: ")
    expect(frame.locator("#number")).to_have_text("1")


# --- what 10 asks a student with a browser to do --------------------------------------


def code_cells(jupyterlab: Lab, name: str) -> dict[str, int]:
    """Return the numbers of a notebook's code cells, by their ids."""
    notebook = nbformat.read(jupyterlab.root / name, as_version=4)
    cells = enumerate(notebook.cells)
    return {cell.id: number for number, cell in cells if cell.cell_type == "code"}


def test_a_student_is_robbed_by_a_page_about_cats(
    jupyterlab: Lab, student: tuple[Tab, Notebook]
) -> None:
    tab, notebook = student
    name = "notebooks/10_security.ipynb"
    numbers = code_cells(jupyterlab, name)
    notebook.open(name)
    notebook.run([numbers["bank"]])
    frame = tab.page.frame_locator("iframe").first
    with tab.page.expect_popup() as opened:
        frame.get_by_role("link", name="the bank").click()
    bank = opened.value
    bank.get_by_role("link", name="Log in as ada").click()
    expect(bank.get_by_text("ada has 1000")).to_be_visible()
    with tab.page.expect_popup() as opened:
        frame.get_by_role("link", name="a page about cats").click()
    cats = opened.value
    loot = {"text": ""}
    for _ in range(50):  # the page sends it home when it has it
        [loot] = notebook.run([numbers["bank-loot"]])
        if "paid" in loot["text"]:
            break
    assert "'ada has 1000', 'paid eve 900, ada has 100'" in loot["text"]
    bank.close()
    cats.close()
