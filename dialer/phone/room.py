"""What the webhooks share."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from twilio.request_validator import RequestValidator

from dialer.carrier import Carrier
from dialer.phone.bot import Bot
from dialer.phone.keeper import Keeper
from dialer.phone.metrics import PhoneMetrics
from outreach.runtime import Runtime

_OPENINGS_AT_ONCE = 64


@dataclass
class Room:
    runtime: Runtime
    bot: Bot
    carrier: Carrier
    validator: RequestValidator
    keeper: Keeper
    metrics: PhoneMetrics = field(default_factory=PhoneMetrics)
    openings: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_OPENINGS_AT_ONCE, thread_name_prefix="opening")
    )

    @classmethod
    def open(cls, runtime: Runtime) -> "Room":
        settings = runtime.settings
        settings.require(["twilio_account_sid", "twilio_auth_token"])
        validator = RequestValidator(settings.twilio_auth_token)
        return cls(runtime, Bot(settings), Carrier(settings), validator, Keeper(runtime.hasty))

    def close(self) -> None:
        self.openings.shutdown(wait=False, cancel_futures=True)
        self.keeper.close()
        self.bot.close()
