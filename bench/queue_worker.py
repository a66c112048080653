"""The same job on procrastinate, a job queue on PostgreSQL: a worker whose task posts the call and records its id.

Its parent reads `ready` once the jobs are queued; the worker then runs until it is ended.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from procrastinate import App, PsycopgConnector
from procrastinate.types import JSONValue
from psycopg_pool import ConnectionPool

from bench.callers import RING_SECONDS
from bench.cohort import number_of
from dialer.carrier import Carrier
from dialer.hands import HANDS
from outreach.settings import load_settings

_BATCH = 1000


def make_app(url: str) -> App:
    """The queue, with one task: our own carrier client, and one statement to keep what it answers."""
    settings = load_settings()
    carrier = Carrier(settings)
    pool = ConnectionPool(url, min_size=HANDS, max_size=HANDS)
    app = App(connector=PsycopgConnector(conninfo=url, max_size=HANDS + 4))

    @app.task(name="place")
    def place(call_id: str, number: str) -> None:
        carrier_id = carrier.place_call(call_id, number, settings.callers[0], RING_SECONDS, invented=True)
        with pool.connection() as connection:
            connection.execute("update calls set carrier_id = %s where id = %s", (carrier_id, call_id))

    return app


async def work(url: str, jobs: int) -> None:
    # The worker runs tasks that are not coroutines in the loop's own threads: as many as the dialer has hands.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(HANDS))
    app = make_app(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await app.connector.execute_query_async("create table calls (id uuid primary key, carrier_id text unique)")
        for first in range(0, jobs, _BATCH):
            calls = [(str(uuid4()), number_of(rank)) for rank in range(first, min(first + _BATCH, jobs))]
            await app.connector.execute_query_async(
                "insert into calls (id) select unnest(%(ids)s::uuid[])", ids=[call_id for call_id, _ in calls]
            )
            arguments: list[dict[str, JSONValue]] = [{"call_id": one, "number": number} for one, number in calls]
            await app.tasks["place"].batch_defer_async(*arguments)
        await app.connector.execute_query_async("analyze")
        print("ready", flush=True)
        await app.run_worker_async(concurrency=HANDS)
