"""Where tests send notices: a web server and a mail server on this machine that keep what they get."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import keyring
from keyring.backends import fail


@dataclass(frozen=True)
class Call:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Web:
    """Keeps the calls; `answers` are the statuses of the next ones, 200 after them."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    text: bytes = b"ok"

    def url(self, path: str = "/hook", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@contextmanager
def web(*, context: ssl.SSLContext | None = None) -> Iterator[Web]:
    kept = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.calls.append(Call(self.path, headers, body))
            self.send_response(kept.answers.pop(0) if kept.answers else 200)
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(kept.text)))
            self.end_headers()
            self.wfile.write(kept.text)

        def log_message(self, format: str, *args: object) -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return

    server = Quiet(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    kept.port = server.server_address[1]
    with _serving(server):
        yield kept


@dataclass
class Post:
    """Keeps the mails, who they were for, and who signed in; `refuse` are addresses that it does not take."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    password: str = ""
    busy: int = 0


@contextmanager
def post_office(*, context: ssl.SSLContext | None = None) -> Iterator[Post]:
    kept = Post()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 tests ESMTP")
            wanted: list[str] = []
            while line := self.rfile.readline():
                text = line.decode("utf-8").strip()
                verb = text[:4].upper()
                if verb == "EHLO":
                    self.say("250-tests\r\n250-8BITMIME\r\n250 AUTH PLAIN")
                elif verb == "AUTH":
                    _, user, password = base64.b64decode(text.split()[2]).decode().split("\0")
                    kept.signed_in.append((user, password))
                    self.say("235 in" if password == kept.password else f"535 not with {password}")
                elif verb == "MAIL" and kept.busy:
                    kept.busy -= 1
                    self.say("451 busy")
                elif verb == "RCPT":
                    who = text.partition("<")[2].partition(">")[0]
                    if who not in kept.refuse:
                        wanted.append(who)
                    self.say("250 ok" if who in wanted else "550 nobody of that name")
                elif verb == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (one := self.rfile.readline()) not in (b".\r\n", b""):
                        lines.append(one.removeprefix(b".") if one.startswith(b"..") else one)
                    made = message_from_bytes(b"".join(lines), policy=SMTP)
                    kept.mails.append(made)
                    kept.recipients.append(wanted)
                    self.say("250 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    kept.port = server.server_address[1]
    with _serving(server):
        yield kept


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def without_keyring() -> Iterator[None]:
    """As on a machine that has none; what another test put in its place must not hold secrets of ours."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        keyring.set_keyring(before)
