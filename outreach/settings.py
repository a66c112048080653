"""Settings from the environment or `.env` (DESIGN §5)."""

import re
from collections.abc import Sequence
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from outreach.clock import ClockSetting
from outreach.domain.phones import adviser_number, check_caller, check_sms_sender
from outreach.domain.policy import parse_windows
from outreach.errors import BusinessError

PROJECT = Path(__file__).resolve().parent.parent
PUBLIC_CARRIER = "https://api.twilio.com"


_MAIL = re.compile(r"[^@\s<>,\"]+@[^@\s<>,\"]+")


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class SettingError(BusinessError):
    """A missing or contradictory setting: one line that names it."""


class Settings(BaseSettings):
    """One deployment's settings. Its `repr` shows no secret."""

    model_config = SettingsConfigDict(env_file=PROJECT / ".env", extra="ignore", env_ignore_empty=True)

    database_url: str | None = Field(default=None, repr=False)
    public_url: str = "http://127.0.0.1:8081"
    api_port: int = 8000
    phone_port: int = 8081
    dialer_metrics_port: int | None = None
    bot_url: str = "http://127.0.0.1:5005"
    actions_url: str = "http://127.0.0.1:5055"
    bot_timeout_seconds: float = 8.0
    carrier_api_url: str = PUBLIC_CARRIER
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = Field(default=None, repr=False)
    caller_numbers: str = ""
    sms_sender: str | None = None
    voice: str = "Polly.Lea-Neural"
    relais_clock: str | None = None
    relais_secret_key: str | None = Field(default=None, repr=False)
    relais_var: Path = PROJECT / "var"
    sandbox_port: int = 8090
    adviser_requests_at_once: int = 200
    adviser_number: str | None = None
    adviser_hours: str = "09:00-17:00"
    alert_smtp_url: str | None = Field(default=None, repr=False)
    alert_email_from: str | None = None
    alert_email_to: str = ""
    alert_webhook_url: str | None = Field(default=None, repr=False)
    alert_webhook_secret: str | None = Field(default=None, repr=False)
    retention_words_days: int = Field(default=180, ge=30)
    retention_people_days: int = Field(default=730, ge=60)
    retention_audit_days: int = Field(default=1095, ge=365)

    @field_validator("database_url")
    @classmethod
    def _psycopg(cls, url: str | None) -> str | None:
        if url is None or url.startswith("postgresql+psycopg://"):
            return url
        if url.startswith("postgresql://"):
            return url.replace("postgresql://", "postgresql+psycopg://", 1)
        raise ValueError("must start with postgresql+psycopg://")

    @field_validator("relais_clock")
    @classmethod
    def _clock(cls, text: str | None) -> str | None:
        if text is not None:
            ClockSetting.parse(text)
        return text

    @field_validator("adviser_number")
    @classmethod
    def _adviser_number(cls, number: str | None) -> str | None:
        return adviser_number(number) if number is not None else None

    @field_validator("adviser_hours")
    @classmethod
    def _adviser_hours(cls, hours: str) -> str:
        try:
            parse_windows(hours.split(","))
        except ValueError as error:
            raise ValueError(f"must be {error}") from None
        return hours

    @field_validator("public_url", "bot_url", "actions_url", "carrier_api_url")
    @classmethod
    def _address(cls, url: str) -> str:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ValueError("must be an http:// or https:// address")
        return url.rstrip("/")

    @field_validator("relais_var")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().resolve()

    @cached_property
    def callers(self) -> tuple[str, ...]:
        return tuple(number.strip() for number in self.caller_numbers.split(",") if number.strip())

    @property
    def carrier_is_local(self) -> bool:
        """Whether the carrier is on this machine: the only one that may be asked for invented people."""
        return is_loopback(self.carrier_api_url)

    @cached_property
    def alert_recipients(self) -> tuple[str, ...]:
        return tuple(one.strip() for one in self.alert_email_to.split(",") if one.strip())

    def check_alerting(self) -> None:
        """Refuses to start with half a way of telling alerts, or one that would tell others. Raises SettingError."""
        self._check_email()
        url, secret = self.alert_webhook_url, self.alert_webhook_secret
        if bool(url) != bool(secret):
            missing = "ALERT_WEBHOOK_SECRET" if url else "ALERT_WEBHOOK_URL"
            raise SettingError(f"{missing} is not set: a webhook needs its address and its secret")
        if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
            raise SettingError("ALERT_WEBHOOK_URL: must be an https:// address")
        if url and urlsplit(url).scheme == "http" and not is_loopback(url):
            raise SettingError("ALERT_WEBHOOK_URL: must be https:// unless it is on this machine")
        if secret and len(secret) < 16:
            raise SettingError("ALERT_WEBHOOK_SECRET: must have 16 characters at least")

    def _check_email(self) -> None:
        parts = {
            "ALERT_SMTP_URL": self.alert_smtp_url,
            "ALERT_EMAIL_FROM": self.alert_email_from,
            "ALERT_EMAIL_TO": self.alert_recipients,
        }
        missing = [name for name, value in parts.items() if not value]
        if 0 < len(missing) < len(parts):
            raise SettingError(f"{missing[0]} is not set: e-mail needs {', '.join(parts)}")
        if missing:
            return
        url = urlsplit(self.alert_smtp_url or "")
        if url.scheme not in {"smtp", "smtps"} or not url.hostname:
            raise SettingError(
                "ALERT_SMTP_URL: must be smtp://host:587 or smtps://host:465, with user:password@ if needed"
            )
        for name, addresses in (
            ("ALERT_EMAIL_FROM", [self.alert_email_from]),
            ("ALERT_EMAIL_TO", self.alert_recipients),
        ):
            wrong = next((one for one in addresses if not one or not _MAIL.fullmatch(one)), None)
            if wrong is not None:
                raise SettingError(f"{name}: {wrong} is not an e-mail address")

    def require(self, names: Sequence[str]) -> None:
        """Raises SettingError for the first of these that has no value."""
        for name in names:
            if not getattr(self, name):
                raise SettingError(f"{name.upper()} is not set; put it in the environment or in .env")

    def check_telephone(self) -> None:
        """Refuses to start with callers or a sender that French rules do not allow (DOMAIN §2, rule 4)."""
        self.require(["twilio_account_sid", "twilio_auth_token", "caller_numbers"])
        for number in self.callers:
            why = check_caller(number)
            if why is not None:
                raise SettingError(f"CALLER_NUMBERS: {number} {why}")
        if self.sms_sender is not None:
            why = check_sms_sender(self.sms_sender)
            if why is not None:
                raise SettingError(f"SMS_SENDER: {self.sms_sender} {why}")


def load_settings() -> Settings:
    """The settings of this process. Raises SettingError with one line that names the first wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        raise SettingError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
