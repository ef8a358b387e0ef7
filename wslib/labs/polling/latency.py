"""How long a question takes, and how long news: real times, on this machine.

    question    from asking to having the answer
    news        from the goal to having the score, for a page that waits for it

Each way has a connection of its own, and each kind of news a scoreboard of its own. All
are tried in turn, so that a slow moment of the machine hits every one of them.
"""

import contextlib
from collections.abc import Callable
from time import perf_counter

from wslib.labs.polling.clients import HttpClient, open_socket
from wslib.labs.polling.scoreboard import TICK, Scoreboard, Script
from wslib.page import BROWSER

Try = Callable[[], float]


def latencies(rounds: int = 100) -> dict[tuple[str, str], list[float]]:
    """Return, for each kind and way, how long each try took, in milliseconds."""
    goals = tuple(TICK * n for n in range(1, rounds + 1))  # a goal at every tick
    script = Script(seconds=rounds, home=goals)
    with contextlib.ExitStack() as stack:

        def board() -> Scoreboard:
            return stack.enter_context(Scoreboard(script))

        still = board()
        ways = {
            ("a question", "WebSocket"): _ask_socket(stack, still),
            ("a question", "HTTP, connection kept"): _ask_kept(stack, still),
            ("a question", "HTTP, new connection"): _ask_fresh(still),
            ("news", "WebSocket"): _socket(stack, board()),
            ("news", "Server-Sent Events"): _events(stack, board()),
            ("news", "long polling"): _long_polling(stack, board()),
        }
        took: dict[tuple[str, str], list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, attempt in ways.items():
                took[way].append(attempt())
    return took


def _timed(*steps: Callable[[], object]) -> float:
    """Return how long the steps take together, in milliseconds."""
    begun = perf_counter()
    for step in steps:
        step()
    return 1000 * (perf_counter() - begun)


def _ask_socket(stack: contextlib.ExitStack, board: Scoreboard) -> Try:
    client = stack.enter_context(contextlib.closing(open_socket(board.url)))
    return lambda: _timed(lambda: client.send("?"), client.recv)


def _ask_kept(stack: contextlib.ExitStack, board: Scoreboard) -> Try:
    page = stack.enter_context(HttpClient(board.url))
    return lambda: _timed(lambda: page.get("/score"))


def _ask_fresh(board: Scoreboard) -> Try:
    page = HttpClient(board.url)
    return lambda: _timed(lambda: page.get("/score"), page.close)


def _socket(stack: contextlib.ExitStack, board: Scoreboard) -> Try:
    client = stack.enter_context(contextlib.closing(open_socket(board.url)))
    return lambda: _timed(board.tick, client.recv)


def _events(stack: contextlib.ExitStack, board: Scoreboard) -> Try:
    page = stack.enter_context(HttpClient(board.url, BROWSER.events))
    events = page.events("/score/events")
    return lambda: _timed(board.tick, lambda: next(events))


def _long_polling(stack: contextlib.ExitStack, board: Scoreboard) -> Try:
    page = stack.enter_context(HttpClient(board.url))

    def attempt() -> float:
        page.ask(f"/score/wait?after={board.score.n}")
        board.wait_held()  # the question is there before the goal is
        return _timed(board.tick, page.answer)

    return attempt
