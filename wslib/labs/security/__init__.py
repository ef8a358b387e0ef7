"""The stage of notebook 10: who is there, and who may come in.

Keys and certificates live in memory, for one run:

    authentication   ways to say who you are, in the opening handshake
    bank             a bank and a thief: cross-site hijacking, performed
    browser          clients of the bank; one plays a customer's browser
    certificates     an authority, and somebody between client and server
    diary            what a library logs, kept
    tls_records      the records of TLS, which wss hides its frames in
"""

from wslib.labs.security.authentication import (
    LoginServer,
    by_basic,
    by_cookie,
    by_query,
    by_subprotocol,
    try_ways,
)
from wslib.labs.security.bank import Bank, Thief
from wslib.labs.security.browser import Browser, in_one_breath, knocks, visit
from wslib.labs.security.certificates import Authority, Impostor
from wslib.labs.security.diary import Diary
from wslib.labs.security.tls_records import ContentType, Record, records

__all__ = [
    "Authority",
    "Bank",
    "Browser",
    "ContentType",
    "Diary",
    "Impostor",
    "LoginServer",
    "Record",
    "Thief",
    "by_basic",
    "by_cookie",
    "by_query",
    "by_subprotocol",
    "in_one_breath",
    "knocks",
    "records",
    "try_ways",
    "visit",
]
