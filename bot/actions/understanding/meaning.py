"""What an utterance means, typed: one act, and the values it carries."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.actions.understanding.birth_dates import BirthDate
from bot.actions.understanding.callbacks import CallbackWish
from bot.actions.understanding.gazetteer import Place
from bot.actions.understanding.mobility import MobilitySaid, TravelLimit
from bot.actions.understanding.places import Ambiguous
from bot.actions.understanding.preferences import Preference
from outreach.domain.words import AreaScope


class Kind(StrEnum):
    """How something reached us."""

    OPEN = "open"
    SILENCE = "silence"
    KEYPAD = "keypad"
    WORDS = "words"
    # An adviser was rung: they have talked, or nobody answered.
    TRANSFERRED = "transferred"
    NOT_TRANSFERRED = "not_transferred"


class Act(StrEnum):
    # Safety
    EMERGENCY = "emergency"
    DISTRESS = "distress"
    STOP = "stop"
    LETTER = "letter"
    CHANNEL_CHOICE = "channel_choice"
    # Who is there
    VOICEMAIL = "voicemail"
    DECEASED = "deceased"
    THIRD_PARTY = "third_party"
    # Somebody fetches the person: « je vous la passe ».
    HANDS_OVER = "hands_over"
    WRONG_NUMBER = "wrong_number"
    SELF = "confirm_identity"
    # Yes, no and between
    YES = "affirm"
    NO = "deny"
    NO_THANKS = "deny_thanks"
    UNSURE = "unsure"
    DONT_KNOW = "dont_know"
    # The course of the conversation
    HUMAN = "human"
    CALLBACK = "callback"
    REFUSE = "refuse"
    REPEAT = "repeat"
    SLOWER = "slower"
    HEARING = "hearing"
    RELAY = "relay"
    WAIT = "wait"
    LANGUAGE = "language"
    CORRECTION = "correction"
    GREET = "greet"
    GOODBYE = "goodbye"
    # Questions asked back
    WHO = "who_are_you"
    PURPOSE = "purpose"
    SCAM = "scam_doubt"
    HOW_NUMBER = "how_number"
    FREE = "is_free"
    MANDATORY = "is_mandatory"
    DATA_USE = "data_use"
    WHY_ASKED = "why_asked"
    HOW_LONG = "how_long"
    SENSITIVE = "sensitive_data"
    WHAT_IS_DOCTOR = "what_is_doctor"
    ROBOT = "are_you_robot"
    OUT_OF_SCOPE = "out_of_scope"
    MEDICAL = "medical_question"
    PROMISE = "doctor_promise"
    # Answers, whose values are beside
    BIRTH_DATE = "inform_birth_date"
    HAS_DOCTOR = "has_doctor"
    NO_DOCTOR = "no_doctor"
    MOBILITY = "inform_mobility"
    TRAVEL_LIMIT = "inform_travel_limit"
    AREA = "inform_area"
    PREFERENCE = "inform_preference"
    NO_PREFERENCE = "no_preference"
    # Nothing, or nothing understood
    OPEN = "open"
    SILENCE = "silence"
    KEYS = "keys"
    TRANSFERRED = "transferred"
    NOT_TRANSFERRED = "not_transferred"
    UNCLEAR = "nlu_fallback"


Ranking = tuple[tuple[str, float], ...]
"""Meanings with their shares, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an utterance that may mean something by itself."""

    text: str = field(repr=False)
    ranking: Ranking = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as Rasa hands it over."""

    kind: Kind
    text: str = field(default="", repr=False)
    ranking: Ranking = ()
    parts: tuple[Part, ...] = ()
    digits: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Understanding:
    act: Act
    # The patient's words, for the readers that need to know the question first. Never shown, never logged.
    text: str = field(default="", repr=False)
    digits: str = field(default="", repr=False)
    # Said in so many words rather than guessed by the classifier: beats a value read in the same utterance.
    explicit: bool = False
    # A question asked back in the same breath as an answer.
    also: Act | None = None
    # Whether they have a médecin traitant, when it is told in the same breath as something else.
    situation: Act | None = None
    refused_channel: str | None = None
    birth_date: BirthDate | None = None
    mobility: MobilitySaid = field(default_factory=MobilitySaid)
    travel_limit: TravelLimit | None = None
    scope: AreaScope | None = None
    place: Place | Ambiguous | None = None
    # Named beside the first one: « vers Créteil ou Maisons-Alfort ».
    other_places: tuple[Place, ...] = ()
    preference: Preference = field(default_factory=Preference)
    callback: CallbackWish | None = None
    speaks_of_a_physician: bool = False

    @property
    def is_yes(self) -> bool:
        return self.act is Act.YES or (self.act is Act.KEYS and self.digits == "1")

    @property
    def is_no(self) -> bool:
        return self.act in {Act.NO, Act.NO_THANKS} or (self.act is Act.KEYS and self.digits == "2")
