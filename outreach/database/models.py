"""Every table, in one import for Alembic and the services."""

from outreach.database.tables.accounts import Account, ApiToken, AuditEntry, LoginFailure
from outreach.database.tables.adviser_calls import AdviserCall
from outreach.database.tables.answering import AnswerTally, Learning
from outreach.database.tables.base import Base
from outreach.database.tables.conversations import Answer, Consent, Conversation, Relay, Turn
from outreach.database.tables.desk import Alert, Draft, FormKey, Offer, Request, RequestEvent, Task, VolunteerCall
from outreach.database.tables.figures import (
    CallFact,
    ContactFact,
    ConversationFact,
    Figure,
    FigureChange,
    FigureKeeper,
    RequestFact,
)
from outreach.database.tables.people import (
    Campaign,
    Contact,
    ContactEvent,
    Patient,
    PhoneNumber,
    PolicyVersion,
    Suppression,
)
from outreach.database.tables.physicians import Extract, Physician, Retirement, Volunteer
from outreach.database.tables.reviews import (
    Cohort,
    CohortCount,
    CohortMember,
    ReviewCount,
    ReviewDay,
    Territory,
    TerritoryCommune,
)
from outreach.database.tables.steering import AlertMessage, Comparison, Import, PolicyProposal, Wording
from outreach.database.tables.telephony import (
    Attempt,
    CampaignShare,
    CarrierEvent,
    CarrierRest,
    ClockAnchor,
    Listener,
    Pace,
)

__all__ = [
    "Account",
    "AdviserCall",
    "Alert",
    "AlertMessage",
    "Answer",
    "AnswerTally",
    "ApiToken",
    "Attempt",
    "AuditEntry",
    "Base",
    "CallFact",
    "Campaign",
    "CampaignShare",
    "CarrierEvent",
    "CarrierRest",
    "ClockAnchor",
    "Cohort",
    "CohortCount",
    "CohortMember",
    "Comparison",
    "Consent",
    "Contact",
    "ContactEvent",
    "ContactFact",
    "Conversation",
    "ConversationFact",
    "Draft",
    "Extract",
    "Figure",
    "FigureChange",
    "FigureKeeper",
    "FormKey",
    "Import",
    "Learning",
    "Listener",
    "LoginFailure",
    "Offer",
    "Pace",
    "Patient",
    "PhoneNumber",
    "Physician",
    "PolicyProposal",
    "PolicyVersion",
    "Relay",
    "Request",
    "RequestEvent",
    "RequestFact",
    "Retirement",
    "ReviewCount",
    "ReviewDay",
    "Suppression",
    "Task",
    "Territory",
    "TerritoryCommune",
    "Turn",
    "Volunteer",
    "VolunteerCall",
    "Wording",
]
