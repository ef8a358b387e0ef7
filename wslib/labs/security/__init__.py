"""The stage of notebook 10: who is there, and who may come in.

Keys and certificates live in memory, for one run:

    authentication   ways to say who you are, in the opening handshake
    bank             a bank and a thief: cross-site hijacking, performed
    tls_records      the records of TLS, which wss hides its frames in
"""

from wslib.labs.security.authentication import (
    LoginServer,
    by_basic,
    by_cookie,
    by_query,
    by_subprotocol,
)
from wslib.labs.security.bank import Bank, Thief
from wslib.labs.security.tls_records import ContentType, Record, records

__all__ = [
    "Bank",
    "ContentType",
    "LoginServer",
    "Record",
    "Thief",
    "by_basic",
    "by_cookie",
    "by_query",
    "by_subprotocol",
    "records",
]
