"""What a carrier tells of one call or SMS, in order, and the same mixed up: twice, shuffled, late, among forgeries."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID, uuid4

OURS = "+33162000001"
BORN = "12/03/1947"
TO_THE_END = (
    *("allô", "oui c'est moi", BORN, "non", "oui", "oui", "en fauteuil", "vingt minutes", "à Villejuif"),
    *("une femme", "oui"),
)
TALKS: tuple[tuple[str, ...], ...] = (
    TO_THE_END,
    TO_THE_END[:7],  # cut short once the birth date was right
    TO_THE_END[:2],
    TO_THE_END[:1],
    ("allô", "arrêtez de m'appeler"),
    ("stop",),
    ("allô", "un conseiller", "demain matin"),
    ("allô", "oui c'est moi", "01/01/1950", "02/02/1951"),
    ("allô", "rappelez-moi demain matin"),
    ("allô", "vous vous trompez de numéro"),
    ("allô", "oui c'est moi", BORN, "oui j'ai un médecin traitant"),
    (),
)
MACHINES_SAY = {
    "mailbox": "bonjour vous êtes bien sur la messagerie laissez un message après le bip",
    "full": "la boîte vocale de votre correspondant est pleine",
    "screened": "veuillez indiquer votre nom et le motif de votre appel",
}
OF_VOICE = ("initiated", "ringing", "in-progress")
FAILURES = (None, 13224, 13225, 21210, 20429, 21217)
OF_SMS: tuple[tuple[tuple[str, int | None], ...], ...] = (
    (("queued", None), ("sent", None), ("delivered", None)),
    (("sent", None), ("delivered", None)),
    (("queued", None), ("sent", None)),
    (("sent", None), ("undelivered", 30003)),
    (("queued", None), ("failed", 30004)),
    (("queued", None), ("sent", None), ("undelivered", 30006)),
    (("queued", None), ("sent", None), ("undelivered", 30001)),
    (("sent", None), ("failed", 30002)),
)


@dataclass(frozen=True)
class Callback:
    """One request of the carrier. `turn`: a conversation's address is put in when the call has one.

    `asks`: somebody waits for the answer, so the carrier sends the next one only after it.
    """

    path: str
    form: dict[str, str]
    asks: bool = False
    ends: bool = False
    turn: int | None = None
    forged: str | None = None


@dataclass(frozen=True)
class Placed:
    """An attempt of ours as the carrier knows it."""

    attempt_id: UUID
    sid: str
    number: str
    known: bool = True  # whether its id was recorded before anything was told


@dataclass
class History:
    """Everything that is told of one attempt, in the order in which it happened."""

    attempt_id: UUID | None
    told: list[Callback]
    known: bool = True
    sid: str = field(default_factory=lambda: "CA" + uuid4().hex)


def of_calls(placed: list[Placed], draw: Random) -> Iterator[History]:
    """Every kind of call, over and over."""
    kinds = ["no-answer", "busy", "canceled", "machine", "fax", *MACHINES_SAY, "short"]
    kinds += ["failed"] * len(FAILURES) + ["talk"] * len(TALKS)
    for rank, one in enumerate(placed):
        kind = kinds[rank % len(kinds)]
        call = _Call(one)
        if kind in {"no-answer", "busy", "canceled"}:
            told = call.statuses("initiated", *(["ringing"] if kind != "busy" else []), kind)
        elif kind == "failed":
            rang = ["ringing"] if draw.random() < 0.3 else []
            told = call.statuses("initiated", *rang, "failed", code=FAILURES[rank % len(FAILURES)])
        elif kind in {"machine", "fax"}:
            told = call.answered((), "machine_start" if kind == "machine" else "fax")
        elif kind in MACHINES_SAY:
            told = call.answered((MACHINES_SAY[kind],), "machine_start")
        else:
            told = call.answered(TALKS[rank % len(TALKS)] if kind == "talk" else (), "human")
        yield History(one.attempt_id, told, one.known, one.sid)


class _Call:
    def __init__(self, placed: Placed) -> None:
        self._which = f"attempt={placed.attempt_id}"
        self._form = {"CallSid": placed.sid, "From": OURS, "To": placed.number, "Direction": "outbound-api"}

    def statuses(self, *names: str, code: int | None = None) -> list[Callback]:
        more = {"ErrorCode": str(code)} if code is not None else {}
        return [self._status(name, **(more if rank == len(names) else {})) for rank, name in enumerate(names, 1)]

    def _status(self, name: str, **more: str) -> Callback:
        form = {**self._form, "CallStatus": name, **more}
        return Callback(f"/carrier/voice/status?{self._which}", form, ends=name not in OF_VOICE)

    def answered(self, words: tuple[str, ...], who: str) -> list[Callback]:
        picked_up = {**self._form, "CallStatus": "in-progress"}
        detected = {"CallSid": self._form["CallSid"], "AnsweredBy": who}
        turns = [
            Callback(f"/carrier/voice/turn?{self._which}", {**picked_up, "SpeechResult": said}, asks=True, turn=number)
            for number, said in enumerate(words, 1)
        ]
        return [
            *self.statuses(*OF_VOICE),
            Callback(f"/carrier/voice/answer?{self._which}", picked_up, asks=True),
            *turns[:1],
            Callback(f"/carrier/voice/amd?{self._which}", detected),
            *turns[1:],
            self._status("completed", CallDuration="42"),
        ]


def of_sms(placed: list[Placed]) -> Iterator[History]:
    for rank, one in enumerate(placed):
        told = []
        for name, code in OF_SMS[rank % len(OF_SMS)]:
            form = {"MessageSid": one.sid, "From": "38000", "To": one.number, "MessageStatus": name}
            form |= {"ErrorCode": str(code)} if code is not None else {}
            ends = name not in {"queued", "sent"}
            told.append(Callback(f"/carrier/sms/status?attempt={one.attempt_id}", form, ends=ends))
        yield History(one.attempt_id, told, one.known, one.sid)


def of_people_who_write(numbers: list[str]) -> Iterator[History]:
    """Somebody texts first: a few answers, or STOP."""
    for rank, number in enumerate(numbers):
        words = (("oui", BORN, "non"), ("STOP",), ("bonjour", "stop svp"), ("arret",))[rank % 4]
        told = [
            Callback(
                "/carrier/sms/inbound",
                {"MessageSid": "SM" + uuid4().hex, "From": number, "To": "38000", "Body": said},
                asks=True,
            )
            for said in words
        ]
        yield History(None, told)


def of_people_who_call(numbers: list[str]) -> Iterator[History]:
    """Somebody calls us, hears the opening and hangs up."""
    for number in numbers:
        form = {"CallSid": "CA" + uuid4().hex, "From": number, "To": OURS, "Direction": "inbound"}
        yield History(
            None,
            [
                Callback("/carrier/voice/inbound", {**form, "CallStatus": "ringing"}, asks=True),
                Callback("/carrier/voice/status", {**form, "CallStatus": "completed", "CallDuration": "9"}, ends=True),
            ],
        )


def mixed_up(history: History, strangers: list[History], draw: Random) -> tuple[list[list[Callback]], list[Callback]]:
    """The same told badly: batches that arrive at the same moment, and what comes after the end, much later.

    Kept is only what no network could undo: a question comes after the answer to the one before it, and the end after
    everything but the question that is being answered just then.
    """
    once = _shuffled(history.told, draw)
    when: list[tuple[float, list[Callback]]] = []
    late: list[Callback] = []
    for place, told in enumerate(once):
        # Told twice at once, or once; then again at any time.
        when.append((place, [told] * draw.choice((1, 1, 1, 2, 3))))
        for _ in range(draw.randrange(2, 6)):
            if draw.random() < 0.3:
                late.append(told)
            else:
                when.append((draw.uniform(place, len(once)), [told]))
    batches = [batch for _, batch in sorted(when, key=lambda one: one[0])]
    draw.shuffle(late)
    first = min((rank for rank, batch in enumerate(batches) if not batch[0].asks), default=0)
    for forgery in _forged(history, strangers, draw):
        # Another call's id is told for what it is once the attempt's own is known.
        earliest = first + 1 if not history.known else 0
        batches.insert(draw.randrange(earliest, len(batches) + 1), [forgery])
    return batches, late


def _shuffled(told: list[Callback], draw: Random) -> list[Callback]:
    asks = [one for one in told if one.asks]
    ends = [one for one in told if one.ends]
    free = [one for one in told if not one.asks and not one.ends]
    mixed = list(asks)
    # Somebody who said nothing and hung up during our opening was never asked anything: there is no order to undo.
    overtakes = len(asks) > 1 and draw.random() < 0.5
    for end in ends:
        mixed.insert(len(mixed) - overtakes, end)
    for one in free:
        mixed.insert(draw.randrange(len(mixed) + 1), one)
    return mixed


def _forged(history: History, strangers: list[History], draw: Random) -> Iterator[Callback]:
    """Refused whatever it says: each would change something were it believed."""
    for _ in range(draw.randrange(36, 44)):
        told = draw.choice(history.told)
        kind = draw.choice(("unsigned", "another token", "changed", "stranger", "unknown attempt", "malformed"))
        if kind == "stranger":
            other = draw.choice(strangers)
            if other.sid == history.sid or history.attempt_id is None:
                kind = "unsigned"
            else:
                name = "MessageSid" if "MessageSid" in told.form else "CallSid"
                told = replace(told, form={**told.form, name: other.sid})
        elif kind == "unknown attempt":
            told = replace(told, path=f"{told.path.partition('?')[0]}?attempt={uuid4()}&turn=1")
            if told.path.partition("?")[0].endswith("inbound"):
                kind = "another token"
        elif kind == "malformed":
            told = replace(told, form=draw.choice(({}, {"CallSid": ""}, {**told.form, "Body": "x" * 70_000})))
        elif kind == "changed":
            told = replace(told, form={**told.form, draw.choice(list(told.form)): "changed", "CallStatus": "failed"})
        yield replace(told, forged=kind)
