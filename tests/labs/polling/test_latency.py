"""Latency: each way is tried as often, and says how long it took; no time is judged."""

from wslib.labs.polling.latency import latencies


def test_each_way_is_tried_in_each_round() -> None:
    took = latencies(rounds=3)
    assert list(took) == [
        ("a question", "WebSocket"),
        ("a question", "HTTP, connection kept"),
        ("a question", "HTTP, new connection"),
        ("news", "WebSocket"),
        ("news", "Server-Sent Events"),
        ("news", "long polling"),
    ]
    assert all(len(times) == 3 and min(times) > 0 for times in took.values())
