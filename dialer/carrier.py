"""The carrier's client: the official library, pointed at whichever compatible network CARRIER_API_URL names."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, ProxyError, RequestException, SSLError
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import NameResolutionError, NewConnectionError

from outreach.domain.phones import is_fictional
from outreach.settings import Settings

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
WHOLE_SECONDS = CONNECT_SECONDS + READ_SECONDS
"""Real seconds after which a request of ours is surely over."""

ADVISER_RINGS_SECONDS = 20
"""For how long an adviser's telephone rings: their voicemail would take the call later."""

LONGEST_CALL_SECONDS = 7200
"""After this the carrier ends a call, whatever went wrong; a talk with an adviser is part of it."""

_TOO_MANY = 429
_wish = threading.local()
_CONNECTIONS = 64
_LISTED = 20
_BY_API = "outbound-api"
_BY_DIAL = "outbound-dial"
_EVENTS = ["initiated", "ringing", "answered", "completed"]

T = TypeVar("T")


class CarrierError(Exception):
    """What the carrier did not do. Its text never holds a number: a code and an HTTP status only."""

    def __init__(self, code: int | None = None, status: int | None = None) -> None:
        super().__init__(f"carrier code {code}, HTTP status {status}")
        self.code = code
        self.status = status


class InventedPerson(CarrierError):
    """An invented person was about to be contacted over a real network."""


class Refused(CarrierError):
    """The carrier said no: nothing was placed. `retry_after`: seconds that it wants us to wait, if it says so."""

    def __init__(self, code: int | None = None, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(code, status)
        self.retry_after = retry_after


class NotSent(CarrierError):
    """The carrier was not reached: nothing was placed."""


class Unsure(CarrierError):
    """Nobody knows whether it was placed: ask before trying again. `over`: the carrier is done with the request."""

    def __init__(self, code: int | None = None, status: int | None = None) -> None:
        super().__init__(code, status)
        self.over = status is not None


@dataclass(frozen=True, slots=True)
class Placed:
    """What the carrier holds of one call or SMS. `ours`: we asked for it; a reply is something else.

    `second_leg`: a call of ours made it.
    """

    carrier_id: str
    status: str
    created: datetime | None = None
    ours: bool = True
    second_leg: bool = False
    answered_by: str | None = None
    duration: int | None = None
    error_code: int | None = None
    cost: Decimal | None = None
    currency: str | None = None
    caller: str | None = field(default=None, repr=False)


class _Http(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """Sends what is meant for api.twilio.com to the configured network, within real time-outs, and logs nothing."""

    def __init__(self, address: str, *, local: bool) -> None:
        super().__init__(timeout=None)
        self.timeout = (CONNECT_SECONDS, READ_SECONDS)
        self._address = urlsplit(address)
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=0))
        if local:
            self.session.trust_env = False  # a proxy of the environment does not lead to this machine

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        wanted = urlsplit(url)
        path = f"{self._address.path}{wanted.path}"
        there = urlunsplit((self._address.scheme, self._address.netloc, path, wanted.query, ""))
        answer = super().request(method, there, *args, **kwargs)
        # The library's exceptions don't hold the headers.
        _wish.seconds = _wished_seconds(answer) if answer.status_code == _TOO_MANY else None
        return answer

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """The library would write whole numbers into the log."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing that the log needs."""


class Carrier:
    """One carrier account. Every method is one HTTP request, tried once; failures are CarrierErrors."""

    def __init__(self, settings: Settings) -> None:
        settings.require(["twilio_account_sid", "twilio_auth_token"])
        self._local = settings.carrier_is_local
        self._public_url = settings.public_url
        self._client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            http_client=_Http(settings.carrier_api_url, local=self._local),
            # Without a mapping of its own the library would read regions from our environment.
            environment={"TWILIO_REGION": ""},
        )

    def place_call(self, attempt_id: object, number: str, caller: str, ring_seconds: int, *, invented: bool) -> str:
        """Asks for one call; returns the carrier's id."""
        self._refuse_invented(number, invented)
        call = _asked(
            lambda: self._client.calls.create(
                to=number,
                from_=caller,
                url=self._callback("voice/answer", attempt_id),
                method="POST",
                status_callback=self._callback("voice/status", attempt_id),
                status_callback_event=_EVENTS,
                status_callback_method="POST",
                timeout=ring_seconds,
                time_limit=LONGEST_CALL_SECONDS,
                machine_detection="Enable",
                async_amd="true",
                async_amd_status_callback=self._callback("voice/amd", attempt_id),
                async_amd_status_callback_method="POST",
            )
        )
        return _id(call)

    def ring_adviser(self, call_id: object, telephone: str, caller: str, *, invented: bool) -> str:
        """Asks for the call to an adviser who is about to call somebody; returns the carrier's id."""
        self._refuse_invented(telephone, invented)
        call = _asked(
            lambda: self._client.calls.create(
                to=telephone,
                from_=caller,
                url=f"{self._public_url}/carrier/adviser/answer?call={call_id}",
                method="POST",
                status_callback=f"{self._public_url}/carrier/adviser/status?call={call_id}",
                status_callback_event=_EVENTS,
                status_callback_method="POST",
                timeout=ADVISER_RINGS_SECONDS,
                time_limit=LONGEST_CALL_SECONDS,
            )
        )
        return _id(call)

    def send_sms(self, attempt_id: object, number: str, sender: str, text: str, *, invented: bool) -> str:
        """Asks for one SMS; returns the carrier's id."""
        self._refuse_invented(number, invented)
        message = _asked(
            lambda: self._client.messages.create(
                to=number, from_=sender, body=text, status_callback=self._callback("sms/status", attempt_id)
            )
        )
        return _id(message)

    def redirect_call(self, carrier_id: str, twiml: str) -> None:
        """Makes a live call go on with other instructions."""
        _asked(lambda: self._client.calls(carrier_id).update(twiml=twiml))

    def end_call(self, carrier_id: str) -> None:
        _asked(lambda: self._client.calls(carrier_id).update(status="completed"))

    def fetch_call(self, carrier_id: str) -> Placed:
        return _call(_asked(lambda: self._client.calls(carrier_id).fetch()))

    def fetch_message(self, carrier_id: str) -> Placed:
        return _message(_asked(lambda: self._client.messages(carrier_id).fetch()))

    def find_calls(self, number: str) -> list[Placed]:
        """The last calls to this number, newest first."""
        return [_call(call) for call in _asked(lambda: self._client.calls.list(to=number, limit=_LISTED))]

    def find_messages(self, number: str) -> list[Placed]:
        """The last SMS to this number, newest first."""
        return [_message(sms) for sms in _asked(lambda: self._client.messages.list(to=number, limit=_LISTED))]

    def _refuse_invented(self, number: str, invented: bool) -> None:
        if not self._local and (invented or is_fictional(number)):
            raise InventedPerson

    def _callback(self, path: str, attempt_id: object) -> str:
        return f"{self._public_url}/carrier/{path}?attempt={attempt_id}"

    def __repr__(self) -> str:
        return f"<Carrier {'local' if self._local else 'public'}>"


def _asked(request: Callable[[], T]) -> T:
    """Runs one request of the library and tells its failures apart by the one thing that matters: was it placed?"""
    try:
        return request()
    except (TwilioRestException, TwilioServiceException) as error:
        if error.status >= 500:
            raise Unsure(_code(error.code), error.status) from None
        raise Refused(_code(error.code), error.status, getattr(_wish, "seconds", None)) from None
    except TwilioException as error:  # a page of a list that couldn't be had: the library keeps its response alone
        status = getattr(error.args[-1], "status_code", None)
        raise (Unsure if status is None or status >= 500 else Refused)(None, status) from None
    except (ConnectTimeout, ProxyError, SSLError):
        raise NotSent from None
    except NoConnection as error:
        raise (NotSent if _never_connected(error) else Unsure)() from None
    except (RequestException, ValueError):  # ValueError: an answer cut short is not JSON any more
        raise Unsure from None


def _never_connected(error: NoConnection) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError | NameResolutionError)


def _wished_seconds(answer: Response) -> float | None:
    """What `Retry-After` says, in seconds; None when it says nothing that can be read."""
    headers = {str(name).lower(): value for name, value in (answer.headers or {}).items()}
    said = str(headers.get("retry-after", "")).strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _cost(price: object) -> Decimal | None:
    """The carrier writes what it takes as a negative price."""
    try:
        return abs(Decimal(str(price))) if price is not None else None
    except InvalidOperation:
        return None


def _currency(unit: object) -> str | None:
    return str(unit).upper() if unit else None


def _code(code: object) -> int | None:
    try:
        return int(str(code))
    except ValueError:
        return None


def _id(created: Any) -> str:
    if not created.sid:
        raise Unsure(None, 200)
    return str(created.sid)


def _call(call: Any) -> Placed:
    return Placed(
        carrier_id=call.sid,
        status=str(call.status),
        created=call.date_created,
        ours=call.direction == _BY_API,
        second_leg=call.direction == _BY_DIAL,
        answered_by=call.answered_by or None,
        duration=_code(call.duration),
        cost=_cost(call.price),
        currency=_currency(call.price_unit),
        caller=call._from,
    )


def _message(message: Any) -> Placed:
    return Placed(
        carrier_id=message.sid,
        status=str(message.status),
        created=message.date_created,
        ours=message.direction == _BY_API,
        error_code=_code(message.error_code),
        cost=_cost(message.price),
        currency=_currency(message.price_unit),
        caller=message.from_,
    )
