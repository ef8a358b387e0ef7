"""Exercise 2 of notebook 12: what is worth compressing, and what must not be?"""

from wslib.check.sheet import TrueOrFalse
from wslib.check.verdict import Found

# Worth it? And why, or why not?
# A table: its rows are filled to the width.
# fmt: off
MESSAGES = {
    "ticks of JSON, ten a second": (True, "Each is nearly the one before: with its "
        "context, little is left."),
    "a page of text": (True, "Words come again within one message: it is "
        "shorter even alone."),
    "pictures (JPEG)": (False, "They are compressed already. The bytes cost time, and "
        "do not get fewer."),
    "ok, again and again": (False, "Two letters are shorter than any way to refer to "
        "them: a copy has three or more, and each message costs a few bits beside."),
    "a secret beside what a stranger wrote": (False, "The length tells how much of the "
        "stranger's words is in the secret."),
    "a rare short word, on 100,000 connections": (False, "Each context stays in memory "
        "for as long as its connection, and alone, a short word saves nothing."),
}
# fmt: on


class _WorthIt(TrueOrFalse):
    def mark(self, name: str, answer: bool) -> Found | None:
        """Say why it is worth it, or not."""
        worth, why = MESSAGES[name]
        if answer is worth:
            return None
        number = list(MESSAGES).index(name) + 1
        return f"message-{number}", f"Look again at {name!r}.", why


worth_it = _WorthIt(
    "worth_it",
    "What to compress: a dict of True and False. Exercise 2 of notebook 12.",
    list(MESSAGES),
    ask="True or False?",
    praise="All six. To compress is a decision about each kind of message.",
)
