"""What stands before the webhook processes: takes each connection to the next server that answers."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import cycle

_NOBODY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _Balancer:
    def __init__(self, ports: Sequence[int]) -> None:
        self._next = cycle(ports)
        self._servers = len(ports)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            for _ in range(self._servers):
                try:
                    server_reader, server_writer = await asyncio.open_connection("127.0.0.1", next(self._next))
                except OSError:
                    continue  # it is dead: the next one
                with closing(server_writer):
                    ways = (_carry(reader, server_writer), _carry(server_reader, writer))
                    await asyncio.wait([asyncio.create_task(way) for way in ways], return_when="FIRST_COMPLETED")
                return
            writer.write(_NOBODY)
            await writer.drain()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


@contextmanager
def balanced(port: int, servers: Sequence[int]) -> Iterator[None]:
    """Listens on `port` of this machine for as long as the block lasts."""
    ready, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        async with await asyncio.start_server(_Balancer(servers).take, "127.0.0.1", port):
            ready.set()
            loop.run_in_executor(None, lambda: (ended.wait(), loop.call_soon_threadsafe(over.set)))
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="balancer", daemon=True)
    thread.start()
    try:
        assert ready.wait(10), "the balancer did not start"
        yield
    finally:
        ended.set()
        thread.join(5)
