"""The words of the field, as enumerations (DESIGN §4). Their values are what tables, pages and the API show."""

from enum import StrEnum


class ContactState(StrEnum):
    WAITING = "waiting"
    DUE = "due"
    ATTEMPTING = "attempting"
    IN_CONVERSATION = "in_conversation"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OPTED_OUT = "opted_out"
    WRONG_NUMBER = "wrong_number"
    DECEASED = "deceased"
    ALREADY_HAS_DOCTOR = "already_has_doctor"
    IDENTITY_FAILED = "identity_failed"
    HUMAN_REQUESTED = "human_requested"
    EXHAUSTED = "exhausted"
    NO_PHONE = "no_phone"
    INELIGIBLE = "ineligible"


class Outcome(StrEnum):
    """How a conversation ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    OPTED_OUT = "opted_out"
    CALLBACK = "callback"
    WRONG_NUMBER = "wrong_number"
    THIRD_PARTY = "third_party"
    DECEASED = "deceased"
    ALREADY_HAS_DOCTOR = "already_has_doctor"
    EMERGENCY = "emergency"
    HUMAN_REQUESTED = "human_requested"
    IDENTITY_FAILED = "identity_failed"
    ABANDONED = "abandoned"


class Question(StrEnum):
    """What an agent turn asks."""

    IDENTITY = "identity"
    BIRTH_DATE = "birth_date"
    SITUATION = "situation"
    CONSENT_ASSISTANCE = "consent_assistance"
    CONSENT_SHARING = "consent_sharing"
    MOBILITY = "mobility"
    AREA = "area"
    PREFERENCE = "preference"
    CALLBACK_TIME = "callback_time"
    CONFIRMATION = "confirmation"


class Mobility(StrEnum):
    AUTONOMOUS = "autonomous"
    ACCOMPANIED = "accompanied"
    TRANSPORT_NEEDED = "transport_needed"
    WHEELCHAIR = "wheelchair"
    HOME_VISIT = "home_visit"


class AreaScope(StrEnum):
    COMMUNE = "commune"
    NEAR_HOME = "near_home"
    DEPARTMENT = "department"
    ANYWHERE = "anywhere"


class Identity(StrEnum):
    UNCHECKED = "unchecked"
    VERIFIED = "verified"
    FAILED = "failed"


class IdentityCheck(StrEnum):
    """What comparing one birth date told: FAILED when no attempt is left (DOMAIN §7 rule 8).

    SEVERAL: more than one of those who share the number were born on that day.
    """

    VERIFIED = "verified"
    WRONG = "wrong"
    SEVERAL = "several"
    FAILED = "failed"


class ConsentKind(StrEnum):
    ASSISTANCE = "assistance"
    SHARING = "sharing"


class ConsentState(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    VOICE = "voice"
    SMS = "sms"


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Purpose(StrEnum):
    """Why an attempt is made: only a CALL is counted among the tries of DOMAIN §2."""

    CALL = "call"
    ANNOUNCEMENT = "announcement"
    RECEIPT = "receipt"
    INVITATION = "invitation"
    CONVERSATION = "conversation"
    ADVISER_CALL = "adviser_call"
    """A person called by an adviser, whose own telephone was rung first."""


class AttemptStatus(StrEnum):
    """Where an attempt is in its life (DESIGN §6)."""

    PLACING = "placing"
    PLACED = "placed"
    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    ENDED = "ended"


class NumberKind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"


class SuppressionScope(StrEnum):
    PERSON = "person"
    VOICE = "voice"
    SMS = "sms"


class RequestKind(StrEnum):
    MATCHING = "matching"
    HUMAN = "human"
    EMERGENCY = "emergency"
    IDENTITY = "identity"


class RequestStatus(StrEnum):
    NEW = "new"
    CLAIMED = "claimed"
    OFFERED = "offered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class CallResult(StrEnum):
    """How an adviser's own call to a person went."""

    SPOKE = "spoke"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    SOMEBODY_ELSE = "somebody_else"
    WRONG_NUMBER = "wrong_number"


class AdviserCallState(StrEnum):
    """Where a call that an adviser asked for is: theirs is rung first."""

    ASKED = "asked"
    PLACING = "placing"
    RINGING = "ringing"
    CALLING = "calling"
    """The adviser pressed the key: the person is being called, or they talk."""
    ENDED = "ended"
    REFUSED = "refused"


class AdviserCallResult(StrEnum):
    """How it ended, when it wasn't refused."""

    SPOKE = "spoke"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    NOT_REACHED = "not_reached"
    CANCELED = "canceled"
    ADVISER_UNREACHED = "adviser_unreached"
    NOT_CONFIRMED = "not_confirmed"
    """The adviser's telephone was picked up, and nobody pressed the key."""
    NOT_PLACED = "not_placed"
    """The carrier refused it."""
    NOT_TAKEN = "not_taken"
    """No dialer was there to place it: it is forgotten, and nobody is rung for it later."""


class CallRefusal(StrEnum):
    """Why an adviser's call is not placed; those of the gates have the gates' names."""

    SUPPRESSED = "suppressed"
    NO_NUMBER = "no_number"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"
    ALREADY_ATTEMPTING = "already_attempting"
    UNKNOWN_TERRITORY = "unknown_territory"
    NOT_EVALUATED = "not_evaluated"
    NOT_YOURS = "not_yours"
    NO_TELEPHONE = "no_telephone"
    ADVISER_BUSY = "adviser_busy"
    INVENTED_PERSON = "invented_person"
    NO_CALLER = "no_caller"


class OfferStatus(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class TaskKind(StrEnum):
    """What an adviser has promised."""

    CALLBACK = "callback"
    APPOINTMENT = "appointment"
    FOLLOW_UP_30 = "follow_up_30"
    FOLLOW_UP_90 = "follow_up_90"
    OTHER = "other"


class TaskOutcome(StrEnum):
    """How it ended, where that is known: of a follow-up, whether the person has a physician now."""

    DONE = "done"
    STILL_DECLARED = "still_declared"
    FOUND_OTHERWISE = "found_otherwise"
    WITHOUT_PHYSICIAN = "without_physician"
    UNREACHABLE = "unreachable"
    WITHDRAWN = "withdrawn"


class VolunteerAnswer(StrEnum):
    """What a physician says who is asked to volunteer."""

    VOLUNTEERS = "volunteers"
    THINKS = "thinks"
    DECLINES = "declines"
    UNREACHABLE = "unreachable"
    STOPS_SOON = "stops_soon"


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class Role(StrEnum):
    ADVISER = "adviser"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Speaker(StrEnum):
    AGENT = "agent"
    PATIENT = "patient"


class Gate(StrEnum):
    """Why a contact is held back just now. Stored, so that a supervisor can count them."""

    CAMPAIGN_NOT_RUNNING = "campaign_not_running"
    SUPPRESSED = "suppressed"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"
    CAP_30_DAYS = "cap_30_days"
    CAP_PER_DAY = "cap_per_day"
    SPACING = "spacing"
    NOT_YET = "not_yet"
    ANNOUNCEMENT_PENDING = "announcement_pending"
    UNANSWERED_SMS = "unanswered_sms"
    NO_NUMBER = "no_number"
    ADVISERS_FULL = "advisers_full"
    VOLUNTEERS_FULL = "volunteers_full"
    ALREADY_ATTEMPTING = "already_attempting"
    UNKNOWN_TERRITORY = "unknown_territory"
    NOT_EVALUATED = "not_evaluated"


class AlertKind(StrEnum):
    """What a human must look at now: a patient in danger, or a campaign that fails."""

    EMERGENCY = "emergency"
    DISTRESS = "distress"
    CARRIER_REFUSES_US = "carrier_refuses_us"
    CARRIER_REFUSES_SOME = "carrier_refuses_some"
    CARRIER_FAILS = "carrier_fails"
    HANG_UPS = "hang_ups"
    AGENT_AWAY = "agent_away"
    NOBODY_LISTENS = "nobody_listens"
    WORDING_HARMS = "wording_harms"


class ImportState(StrEnum):
    """Where a patients' file that came by page is."""

    CHECKING = "checking"
    CHECKED = "checked"
    """Looked through; nothing is written before somebody confirms."""
    IMPORTING = "importing"
    DONE = "done"
    REFUSED = "refused"
    """The file can't be taken at all."""
    FAILED = "failed"
    DROPPED = "dropped"


class ProposalState(StrEnum):
    """Where a policy is that a supervisor asks for."""

    OPEN = "open"
    ALLOWED = "allowed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ComparisonState(StrEnum):
    """How the comparison of two wordings stands, or ended."""

    RUNNING = "running"
    FIRST_BETTER = "first_better"
    SECOND_BETTER = "second_better"
    NO_DIFFERENCE = "no_difference"
    """As many people as were wanted at most, and nothing shown."""
    HARM = "harm"
    """Far more people hang up on one of the two."""
    STOPPED = "stopped"


class MessageState(StrEnum):
    """Where a message about an alert is."""

    WAITING = "waiting"
    TOLD = "told"
    DROPPED = "dropped"
    """Nothing to tell any more, or nobody to tell it to."""
    GIVEN_UP = "given_up"
