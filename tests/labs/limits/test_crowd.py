"""What one says is handed on to all the others, as long as there are tokens."""

from wslib.labs.limits import Crowd, flood


class Few:
    """A bucket that is never filled again."""

    def __init__(self) -> None:
        self.left = 3

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0


def test_without_a_bucket_every_word_goes_to_everybody() -> None:
    with Crowd() as chat:
        said = flood(chat, 50, listeners=4)
        assert said == "50 words sent, 50 taken, 200 heard; Close 1000"


def test_with_one_the_stranger_is_sent_away() -> None:
    with Crowd(Few) as chat:
        said = flood(chat, 50, listeners=4)
        assert said == "50 words sent, 3 taken, 12 heard; Close 1008 slower, please"


def test_each_connection_has_a_bucket_of_its_own() -> None:
    with Crowd(Few) as chat:
        flood(chat, 50, listeners=1)
        flood(chat, 50, listeners=1)
        assert chat.taken == 6
