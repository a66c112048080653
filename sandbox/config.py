"""The sandbox's settings, from the environment or from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.advisers import AdviserLine
from sandbox.faults import Faults

DEFAULT_ACCOUNT = "AC" + "5" * 32
DEFAULT_TOKEN = "sandbox-token"  # noqa: S105 - opens an invented network alone


@dataclass(frozen=True)
class SandboxConfig:
    port: int = 8090
    account_sid: str = DEFAULT_ACCOUNT
    auth_token: str = field(default=DEFAULT_TOKEN, repr=False)
    public_url: str = "http://127.0.0.1:8081"
    seed: int = 1
    faults: Faults = field(default_factory=Faults)
    log_folder: Path | None = None
    clock: str = ""  # what RELAIS_CLOCK says; its @N is our rate until the shared clock is reached
    clock_url: str | None = None
    people: int = 0  # how many invented patients answer from the start
    webhook_timeout: float = 15.0  # real seconds, as with the real carrier
    our_number: str = "+33162000001"  # whom people call when they call us
    sms_sender: str = "38000"
    advanced_opt_out: bool = False  # the network answers STOP, START and HELP itself, and says which it was
    advisers: tuple[AdviserLine, ...] = ()  # whose telephones answer when a call is put through
    manual_ring_seconds: float = 60.0  # real: a human has to reach the telephone page
    manual_answer_seconds: float = 600.0  # real: a human reads and types slowly

    @property
    def voice_inbound_url(self) -> str:
        return f"{self.public_url}/carrier/voice/inbound"

    @property
    def voice_status_url(self) -> str:
        return f"{self.public_url}/carrier/voice/status"

    @property
    def sms_inbound_url(self) -> str:
        return f"{self.public_url}/carrier/sms/inbound"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> SandboxConfig:
        public_url = environment.get("PUBLIC_URL", cls.public_url).rstrip("/")
        log = environment.get("SANDBOX_LOG")
        if log is None and environment.get("RELAIS_VAR"):
            log = str(Path(environment["RELAIS_VAR"]) / "sandbox")
        return cls(
            port=int(environment.get("SANDBOX_PORT", cls.port)),
            account_sid=environment.get("TWILIO_ACCOUNT_SID") or DEFAULT_ACCOUNT,
            auth_token=environment.get("TWILIO_AUTH_TOKEN") or DEFAULT_TOKEN,
            public_url=public_url,
            seed=int(environment.get("SANDBOX_SEED", cls.seed)),
            faults=Faults.parse(environment.get("SANDBOX_FAULTS", "")),
            log_folder=Path(log) if log else None,
            clock=environment.get("RELAIS_CLOCK", ""),
            clock_url=environment.get("SANDBOX_CLOCK_URL") or None,
            our_number=environment.get("CALLER_NUMBERS", "").split(",")[0].strip() or cls.our_number,
            sms_sender=environment.get("SMS_SENDER") or cls.sms_sender,
            advisers=tuple(AdviserLine(number) for number in [environment.get("ADVISER_NUMBER", "")] if number),
            advanced_opt_out=environment.get("SANDBOX_ADVANCED_OPT_OUT", "") not in {"", "0"},
            people=int(environment.get("SANDBOX_PEOPLE", cls.people)),
        )
