"""Connections to Rasa: kept, and never written to when the other end is gone."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dialer.phone.connections import Connections, Unanswered


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        assert isinstance(self.server, _Server)
        self.server.lines.append(self.connection)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(404 if self.path == "/nowhere" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lines: list[socket.socket] = []


@contextmanager
def _serving() -> Iterator[tuple[_Server, Connections]]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        connections = Connections(f"http://127.0.0.1:{server.server_port}", 5)
        try:
            yield server, connections
        finally:
            connections.close()
            server.shutdown()
            thread.join()


def test_one_connection_serves_turn_after_turn() -> None:
    with _serving() as (server, connections):
        assert [connections.post_json("/", body) for body in (b"one", b"two", b"three")] == [b"one", b"two", b"three"]
        assert len(server.lines) == 1


def test_a_refused_request_leaves_its_connection_usable() -> None:
    with _serving() as (server, connections):
        with pytest.raises(Unanswered, match="404"):
            connections.post_json("/nowhere", b"said")
        assert connections.post_json("/", b"one") == b"one"
        assert len(server.lines) == 1


def test_a_restarted_server_costs_no_turn() -> None:
    with _serving() as (server, connections):
        connections.post_json("/", b"one")
        server.lines[0].shutdown(socket.SHUT_RDWR)
        assert connections.post_json("/", b"two") == b"two"
        assert len(server.lines) == 2


def test_turns_at_once_have_a_connection_each() -> None:
    with _serving() as (_, connections), ThreadPoolExecutor(8) as threads:
        said = [str(number).encode() for number in range(200)]
        assert list(threads.map(lambda body: connections.post_json("/", body), said)) == said


def test_nobody_there_is_told_without_what_was_said() -> None:
    with _serving() as (server, _):
        port = server.server_port
    with pytest.raises(Unanswered) as raised:
        Connections(f"http://127.0.0.1:{port}", 1).post_json("/", b"said")
    assert "said" not in str(raised.value)
