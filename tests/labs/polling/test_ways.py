"""Following a match in four ways: what arrives, when, and for how many bytes."""

import socket
import struct
import sys

import pytest
import websocket

from wslib.direction import DOWN, UP
from wslib.frames import Opcode, parse_frame
from wslib.labs.polling.clients import SMALL, HttpClient
from wslib.labs.polling.scoreboard import Scoreboard, Script
from wslib.labs.polling.ways import (
    CONNECTION,
    EXCHANGE,
    PUSH,
    TCP_IP,
    Message,
    Run,
    by_asking,
    by_events,
    by_long_polling,
    by_polling,
    by_websocket,
    costs,
)
from wslib.page import BROWSER
from wslib.relay import RecordingProxy
from wslib.relay.recording import Recording
from wslib.server import EchoServer

MATCH = Script(60, home=(6.5, 17.5, 52.5), away=(9.5, 18.5))
SCORE = len('{"n": 0, "home": 0, "away": 0}')
PUSHERS = pytest.mark.parametrize("follow", [by_long_polling, by_events, by_websocket])


def test_polling_every_second_asks_sixty_times_and_learns_five_times() -> None:
    run = by_polling(MATCH)
    assert (run.requests, run.wasted, len(run.seen)) == (60, 55, 5)
    assert run.recording.connections == 1
    assert run.staleness == [0.5] * 5


def test_two_goals_between_two_polls_are_one_piece_of_news() -> None:
    run = by_polling(MATCH, interval=10)
    assert run.seen == [(10, 2), (20, 4), (60, 5)]
    assert (run.requests, run.wasted) == (6, 3)
    assert run.staleness == [3.5, 0.5, 2.5, 1.5, 7.5]


def test_a_goal_after_the_last_poll_is_never_seen() -> None:
    run = by_polling(Script(10, home=(9.5,)), interval=3)
    assert (run.requests, run.wasted, run.seen, run.staleness) == (3, 3, [], [])


def test_each_poll_costs_the_same() -> None:
    often, seldom = by_polling(MATCH), by_polling(MATCH, interval=20)
    assert often.total % often.requests == 0
    assert often.total // often.requests == seldom.total // seldom.requests


def test_without_keep_alive_each_poll_opens_a_connection_and_sends_the_same() -> None:
    kept, fresh = by_polling(MATCH), by_polling(MATCH, keep_alive=False)
    assert fresh.recording.connections == fresh.requests == 60
    assert fresh.total == kept.total
    assert fresh.packets - kept.packets == 59 * 7


@PUSHERS
def test_a_push_arrives_in_the_second_of_the_goal(follow) -> None:
    run = follow(MATCH)
    assert run.seen == [(time, n) for n, time in enumerate(MATCH.changes, start=1)]
    assert run.staleness == [0.0] * 5


def test_a_long_poll_is_renewed_after_thirty_seconds_without_news() -> None:
    run = by_long_polling(MATCH)
    assert (run.requests, run.wasted) == (7, 1)  # five, one renewed, one still open
    assert [m.time for m in run.messages if m.what == "nothing new"] == [48.5]


def test_news_in_the_gap_between_two_long_polls_waits_for_the_next_request() -> None:
    run = by_long_polling(MATCH, gap=1.5)
    assert run.seen == [(6.5, 1), (9.5, 2), (17.5, 3), (19, 4), (52.5, 5)]
    assert run.staleness == [0, 0, 0, 0.5, 0]


def test_news_in_the_gap_is_lost_if_the_request_carries_no_number() -> None:
    run = by_long_polling(MATCH, gap=1.5, numbered=False)
    assert run.seen == [(6.5, 1), (9.5, 2), (17.5, 3), (52.5, 5)]
    assert max(run.staleness) == 52.5 - 18.5


def test_without_a_gap_a_request_needs_no_number() -> None:
    assert by_long_polling(MATCH, numbered=False).staleness == [0.0] * 5


def test_a_long_poll_asks_on_after_a_gap_in_which_nothing_happened() -> None:
    run = by_long_polling(Script(60, home=(40,)), gap=2)
    assert [(m.time, m.what) for m in run.messages] == [
        (0, "request"),
        (30, "nothing new"),
        (32, "request"),
        (40, "news"),
        (42, "request"),
    ]


def test_an_event_costs_fourteen_bytes_around_the_score() -> None:
    short, long = by_events(Script(60, home=(1.5,))), by_events(MATCH)
    chunk_and_field = len("26\r\n") + len("data: ") + len("\n\n") + len("\r\n")
    assert long.total - short.total == 4 * (SCORE + chunk_and_field)


def test_a_push_costs_two_bytes_around_the_score() -> None:
    short, long = by_websocket(Script(60, home=(1.5,))), by_websocket(MATCH)
    assert long.total - short.total == 4 * (SCORE + 2)


def test_the_socket_pays_for_its_handshake_and_its_closing() -> None:
    run = by_websocket(MATCH)
    recording = run.recording
    frames = 5 * (2 + SCORE)
    closing = (2 + 4 + 2) + (2 + 2)  # masked by the client, RFC 6455, section 5.5.1
    assert recording.count_handshakes() > 0
    assert run.total == recording.count_handshakes() + frames + closing


@pytest.mark.parametrize(
    "follow", [by_polling, by_long_polling, by_events, by_websocket]
)
@pytest.mark.parametrize("headers", [BROWSER, SMALL], ids=lambda h: h.name)
def test_the_counts_are_the_same_in_every_run(follow, headers) -> None:
    first, second = follow(MATCH, headers=headers), follow(MATCH, headers=headers)
    for direction in (UP, DOWN):
        assert first.recording.count(direction) == second.recording.count(direction)
    assert first.messages == second.messages


def test_with_small_headers_the_ways_lie_closer_together() -> None:
    def ratio(headers) -> float:
        polling = by_polling(MATCH, headers=headers)
        return polling.total / by_websocket(MATCH, headers=headers).total

    assert ratio(BROWSER) > ratio(SMALL) > 1


def test_bytes_for_each_change_are_the_total_shared_out() -> None:
    run = by_websocket(MATCH)
    assert run.per_change * 5 == run.total


def model(*messages: Message, connections: int = 0) -> Run:
    """Return a run in which just these messages were sent."""
    recording = Recording()
    for _ in range(connections):
        recording.begin()
    return Run(name="", script=MATCH, recording=recording, messages=list(messages))


def test_an_exchange_takes_three_packets_and_a_push_two() -> None:
    ask = Message(0, UP, "request")
    answer = Message(0, DOWN, "nothing new", reply=True)
    push = Message(0, DOWN, "news")
    assert model(ask, answer).packets == 3  # and an acknowledgement of the answer
    assert model(push).packets == 2
    assert model(ask, answer, push).packets == 5


def test_a_connection_takes_three_packets_to_open_and_four_to_close() -> None:
    run = model(connections=1)
    assert run.packets == 7
    assert run.tcp_ip == 7 * TCP_IP


@pytest.mark.parametrize("packet", [0, TCP_IP])
@pytest.mark.parametrize("headers", [BROWSER, SMALL], ids=lambda h: h.name)
def test_the_costs_put_together_are_the_runs_they_were_taken_from(
    packet, headers
) -> None:
    told, asked = (
        by_websocket(MATCH, headers=headers),
        by_polling(MATCH, headers=headers),
    )
    each = costs(MATCH, headers=headers, packet=packet)
    assert each.opening + 5 * each.push == told.total + told.packets * packet
    unpaid = CONNECTION * packet  # the one connection of all polls
    assert 60 * each.poll + unpaid == asked.total + asked.packets * packet


def test_a_poll_with_a_connection_of_its_own_pays_for_its_packets() -> None:
    asked = by_polling(MATCH, keep_alive=False)
    each = costs(MATCH, packet=TCP_IP, keep_alive=False)
    assert 60 * each.poll == asked.total + asked.packets * TCP_IP
    assert each.poll - costs(MATCH, packet=TCP_IP).poll == CONNECTION * TCP_IP
    assert each[:3] == costs(MATCH, packet=TCP_IP)[:3]


def test_the_packets_are_those_that_the_notebook_counts_out() -> None:
    packets = [b - a for a, b in zip(costs(MATCH), costs(MATCH, packet=1), strict=True)]
    assert packets == [3 + 3 + 3 + 4, 3, 2, 3]


def test_a_push_and_a_keep_alive_cost_their_frames_and_packets() -> None:
    assert costs(MATCH).push == 2 + SCORE
    ping, pong = 2 + 4, 2 + 4 + 4
    assert costs(MATCH).keepalive == ping + pong
    with_packets = costs(MATCH, packet=1)
    assert with_packets.push == 2 + SCORE + PUSH
    assert with_packets.keepalive == ping + pong + EXCHANGE


def test_the_keep_alive_is_that_of_the_library() -> None:
    with EchoServer(ping_interval=0.05) as echo, RecordingProxy(echo.url) as relay:
        client = websocket.create_connection(relay.url, timeout=5)
        client.recv_data(control_frame=True)
        client.close()
        relay.recording.wait_closed()
    ping = parse_frame(relay.recording.after_handshake(DOWN), masked=False)
    pong = parse_frame(relay.recording.after_handshake(UP), masked=True)
    assert ping is not None and pong is not None
    assert (ping[0].opcode, pong[0].opcode) == (Opcode.PING, Opcode.PONG)
    assert ping[1] + pong[1] == costs(MATCH).keepalive


def test_round_trips_are_openings_and_answers() -> None:
    quiet = Script(60)
    assert by_asking(quiet).round_trips == 1 + 1 + 60  # TCP, its handshake
    assert by_polling(quiet).round_trips == 1 + 60
    assert by_polling(quiet, keep_alive=False).round_trips == 60 + 60


def test_who_asks_through_a_websocket_hears_of_each_change_by_a_push() -> None:
    asked, pushed = by_asking(MATCH), by_websocket(MATCH)
    assert asked.seen == pushed.seen
    question, answer = 2 + 4 + len("?"), 2 + SCORE
    assert asked.total - pushed.total == 60 * (question + answer)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_the_kernel_counts_one_packet_for_each_message_as_the_model_does() -> None:
    polls = 20
    with Scoreboard(MATCH) as board, HttpClient(board.url) as page:
        for _ in range(polls):
            page.get("/score")
        info = page._http.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    # struct tcp_info of linux/tcp.h: segs_out, segs_in at 136; those with data at 152
    out, into = struct.unpack_from("=II", info, 136)
    data_in, data_out = struct.unpack_from("=II", info, 152)
    assert (data_out, data_in) == (polls, polls)
    # The rest are acknowledgements, as few or as many as the kernel's timers make of
    # them: between 2 packets for a poll (all ride along) and 4 (none does), and the
    # handshake of TCP. The model says 3.
    assert 2 * polls <= out + into <= 4 * polls + 3
