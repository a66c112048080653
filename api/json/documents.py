"""What the JSON API answers with: the contract of DESIGN §5, as the OpenAPI document publishes it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from outreach.domain.suggestions import Limit, Why
from outreach.domain.words import (
    AreaScope,
    CampaignStatus,
    Channel,
    ConsentKind,
    ConsentState,
    ContactState,
    Direction,
    Identity,
    Mobility,
    OfferStatus,
    Outcome,
    Question,
    RequestKind,
    RequestStatus,
    Speaker,
    SuppressionScope,
)
from outreach.services.suggestions import Regular


class Document(BaseModel):
    """Nothing beyond the contract is ever answered by accident."""

    model_config = ConfigDict(extra="forbid")


class Period(Document):
    start: Annotated[AwareDatetime, Field(alias="from")]
    to: AwareDatetime


class Area(BaseModel):
    scope: AreaScope
    commune: str | None = None
    insee_code: str | None = None
    postal_code: str | None = None
    department: str | None = None


class Preference(BaseModel):
    physician_gender: str | None = None
    physician_name: str | None = None
    excluded_physician: str | None = None
    language: str | None = Field(default=None, description="ISO 639-1")
    other: str | None = None


class FileContact(Document):
    campaign: str
    state: ContactState
    reason: str | None
    attempts: int
    next_attempt_at: AwareDatetime | None = Field(description="The agent's next call.")


class FileAttempt(Document):
    id: UUID
    campaign: str | None
    channel: Channel
    direction: Direction
    number: str = Field(description="E.164")
    carrier_id: str | None
    placed_at: AwareDatetime | None
    answered_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    disposition: str | None


class Answers(Document):
    mobility: list[Mobility]
    max_travel_minutes: int | None
    area: Area | None
    preference: Preference | None
    callback: Period | None


class FileTurn(Document):
    speaker: Speaker
    text: str
    asks: Question | None = Field(default=None, description="On turns of the agent alone.")
    at: AwareDatetime


class FileConversation(Document):
    id: UUID
    attempt_id: UUID
    channel: Channel
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    outcome: Outcome | None
    identity: Identity
    answers: Answers
    turns: list[FileTurn]


class FileConsent(Document):
    kind: ConsentKind
    state: ConsentState
    wording: str
    channel: Channel
    at: AwareDatetime


class FileRequest(Document):
    id: UUID
    kind: RequestKind
    status: RequestStatus
    mobility: list[Mobility]
    max_travel_minutes: int | None
    max_travel_km: int | None
    area: Area | None
    preference: Preference | None
    callback: Period | None = Field(description="The adviser's call.")
    created_at: AwareDatetime


class Suppressed(Document):
    since: AwareDatetime
    reason: str
    scope: SuppressionScope


class PatientFile(Document):
    """Lists are in order of time."""

    reference: str
    contacts: list[FileContact]
    attempts: list[FileAttempt]
    conversations: list[FileConversation]
    consents: list[FileConsent]
    request: FileRequest | None
    suppressed: Suppressed | None


class QueuedRequest(FileRequest):
    reference: str | None = Field(
        description="Null when nobody told which of the patients of a shared number was speaking."
    )
    department: str


class RequestPage(Document):
    items: list[QueuedRequest]
    page: int
    pages: int
    total: int


class OfferDocument(Document):
    id: UUID
    request_id: UUID
    rpps: str
    status: OfferStatus
    reason: str | None
    expires_at: AwareDatetime


class ReasonDocument(Document):
    """`value` depends on `why`: minutes, a number of times, a day, a language."""

    why: Why
    favours: bool | None = Field(description="For the physician, against, or neither.")
    value: int | str | None
    km: float | None = Field(description="By road, estimated.")


class GiveDocument(Document):
    limit: Limit
    value: int | str | None = Field(description="How much: minutes, kilometres, a department, a day.")


class SuggestionDocument(Document):
    rpps: str
    site: str
    name: str
    commune: str | None
    department: str | None
    minutes: int | None = Field(description="From the place asked for, estimated.")
    km: float | None
    can_be_offered: bool = Field(description="A place can be held just now.")
    reasons: list[ReasonDocument]
    gives: list[GiveDocument] = Field(description="The limits that would have to give; none when everything fits.")


class SuggestionsDocument(Document):
    ranked: list[SuggestionDocument] = Field(description="The first twenty, the best first.")
    misses: list[SuggestionDocument] = Field(description="The nearest ones, only while nobody fits.")
    declined: int = Field(description="How many declined this patient before.")
    regular: Regular | None = Field(description="Why the physician who sees the patient regularly isn't first.")


class CampaignDocument(Document):
    name: str
    status: CampaignStatus
    status_reason: str | None
    policy: dict[str, object]
    policy_version: int
    started_at: AwareDatetime | None
    contacts: dict[ContactState, int | None] = Field(description="How many in each state; a small cell is null.")


class RateName(Document):
    key: str
    name: str
    formula: str
    numerator: str = Field(description="The column of the counts.")
    denominator: str
    unit: Literal["call", "conversation", "person"]


class Rate(Document):
    value: float | None
    numerator: int | None
    denominator: int | None
    interval: tuple[float, float] | None = Field(
        default=None, description="Where the contact rate of a day lies at 95 % (Wilson)."
    )


class RateGroup(Document):
    group: str
    counts: dict[str, int | None]
    rates: dict[str, Rate]


class RatesDocument(Document):
    """The last group is the total; a small cell is null, and so is one from which it could be worked out."""

    by: str
    masked_below: int
    definitions: list[RateName]
    groups: list[RateGroup]
