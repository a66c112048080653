"""The single processes of DESIGN §2."""

import os
import sys
from urllib.parse import urlsplit

import uvicorn

from outreach.errors import BusinessError
from outreach.logs import configure_logs
from outreach.runtime import Runtime
from outreach.settings import load_settings
from relais.console import opened
from relais.guard import watch_parent
from relais.ports import check_port

LOOPBACK = "127.0.0.1"
KEEP_ALIVE_SECONDS = 75
"""Longer than the minute for which reverse proxies keep a connection: none that may still send finds it closed."""


def _serve(application: object, name: str, port: int, *, asks_who_calls: bool = True) -> None:
    """Serves an ASGI application on loopback; a reverse proxy stands before it in production."""
    check_port(name, port)
    uvicorn.run(
        application,  # type: ignore[arg-type]
        host=LOOPBACK,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=asks_who_calls,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def _port(url: str) -> int:
    return urlsplit(url).port or 80


def dialer() -> None:
    """Run a scheduler: opens windows, places calls and SMS, reconciles, expires. Any number may run."""
    from dialer.scheduler import run_dialer

    with opened("dialer") as runtime:
        runtime.settings.check_telephone()
        if runtime.settings.dialer_metrics_port is not None:
            check_port("DIALER_METRICS_PORT", runtime.settings.dialer_metrics_port)
        run_dialer(runtime)


def phone() -> None:
    """Serve the telephone webhooks, the only public part."""
    from dialer.phone.app import create_phone_app

    with opened("phone") as runtime:
        runtime.settings.check_telephone()
        _serve(
            create_phone_app(runtime, tells_presence=True),
            "PHONE_PORT",
            runtime.settings.phone_port,
            asks_who_calls=False,
        )


def api() -> None:
    """Serve the desk, the board and the JSON API, for the intranet."""
    from api.app import create_app

    with opened("api") as runtime:
        runtime.settings.require(["relais_secret_key"])
        _serve(create_app(runtime, keeps_figures=True), "API_PORT", runtime.settings.api_port)


def actions() -> None:
    """Serve Rasa's actions, which decide and write."""
    from bot.actions.server import serve

    configure_logs("actions")
    watch_parent()
    serve(LOOPBACK, _port(load_settings().actions_url))


def bot() -> None:
    """Run the Rasa server, on loopback, in its own environment."""
    from relais.environments import run_rasa_server

    configure_logs("bot")
    settings = load_settings()
    with Runtime.start(settings) as runtime:
        status = run_rasa_server(runtime, port=_port(settings.bot_url))
    sys.exit(status)


def sandbox() -> None:
    """Serve the telephone network in a box, and the page on which one is the patient."""
    from sandbox.__main__ import main

    settings = load_settings()
    if not settings.carrier_is_local:
        raise BusinessError(
            f"CARRIER_API_URL is {settings.carrier_api_url}; with the sandbox it must be http://127.0.0.1:{settings.sandbox_port}"
        )
    os.environ.setdefault("SANDBOX_CLOCK_URL", f"http://{LOOPBACK}:{settings.phone_port}")
    if settings.adviser_number is not None:
        os.environ.setdefault("ADVISER_NUMBER", settings.adviser_number)  # `.env` is ours, not the network's
    main()
