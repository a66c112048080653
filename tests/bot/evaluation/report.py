"""What an evaluation came to, in words and figures."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bot.evaluation.run import Ended, Heard

MEANINGS, DIALOGUES, NEAR_MISSES = 0.96, 0.95, 1 / 200
# Of what is only implied, the share over which an alarm must be raised, or may be: a step below what was measured. Half of
# the despair that is hinted at is missed; no file of `implied/` may get worse unseen.
LEAST_ALARMED = {"despair": 0.47, "medical": 0.96, "openly": 1.0}
MOST_ALARMED = {"harmless": 0.11}
_ALARM = {"emergency", "distress"}


@dataclass(frozen=True, slots=True)
class Figures:
    heard: Sequence[Heard]
    ended: Sequence[Ended]
    implied: Sequence[Heard] = ()

    @property
    def meanings(self) -> float:
        return sum(one.right for one in self.heard) / max(1, len(self.heard))

    @property
    def dialogues(self) -> float:
        return sum(not one.wrong for one in self.ended) / max(1, len(self.ended))

    def missed(self, danger: str) -> list[Heard]:
        """Utterances of danger that were taken for something else."""
        caught = _ALARM if danger == "emergency" else {"stop"}
        return [one for one in self.heard if one.utterance.safety == danger and one.understood not in caught]

    def false(self, danger: str) -> list[Heard]:
        caught = _ALARM if danger == "emergency" else {"stop"}
        return [one for one in self.heard if not caught & set(one.utterance.means) and one.understood in caught]

    @property
    def alarmed(self) -> dict[str, tuple[int, int]]:
        """For each file of what is only implied: over how many an alarm was raised, and of how many."""
        raised: dict[str, list[bool]] = defaultdict(list)
        for one in self.implied:
            raised[one.utterance.where.split()[0]].append(one.understood in _ALARM)
        return {kind: (sum(alarms), len(alarms)) for kind, alarms in raised.items()}

    def failures(self) -> list[str]:
        """What is not as good as it must be."""
        failed = []
        if self.meanings < MEANINGS:
            failed.append(f"{self.meanings:.1%} of the meanings are right, {MEANINGS:.0%} are wanted")
        if self.ended and self.dialogues < DIALOGUES:
            failed.append(f"{self.dialogues:.1%} of the dialogues end as they should, {DIALOGUES:.0%} are wanted")
        for danger in ("emergency", "stop"):
            if missed := self.missed(danger):
                failed.append(f"{len(missed)} utterances of {danger} are missed")
            harmless = sum(one.utterance.safety is None for one in self.heard)
            if len(self.false(danger)) > max(1, harmless * NEAR_MISSES):
                failed.append(f"{len(self.false(danger))} false alarms of {danger} in {harmless}")
        for kind, (alarms, of) in self.alarmed.items():
            if alarms < LEAST_ALARMED.get(kind, 0) * of:
                failed.append(f"{kind}, implied: {alarms} of {of} caught, {LEAST_ALARMED[kind]:.0%} are wanted")
            if alarms > MOST_ALARMED.get(kind, 1) * of:
                failed.append(f"{kind}: {alarms} false alarms in {of}, {MOST_ALARMED[kind]:.0%} are borne")
        return failed


def printed(figures: Figures, every: bool) -> Iterable[str]:
    heard = figures.heard
    yield f"utterances: {len(heard)}, meanings right: {figures.meanings:.1%}"
    with_values = [one for one in heard if one.utterance.value]
    read = sum(not one.wrong_values for one in with_values)
    yield f"utterances that carry values: {len(with_values)}, all read right: {read / max(1, len(with_values)):.1%}"
    yield from _table("question", ((one.utterance.at.value, one.right) for one in heard))
    yield from _table("channel", ((one.utterance.channel.value, one.right) for one in heard))
    yield from _table("meaning", ((one.utterance.means[0], one.right) for one in heard))
    for danger in ("emergency", "stop"):
        wanted = sum(one.utterance.safety == danger for one in heard)
        yield f"{danger}: {wanted - len(figures.missed(danger))} of {wanted} caught, {len(figures.false(danger))} false"
        yield from (f"  missed: {_shown(one)}" for one in figures.missed(danger))
        yield from (f"  false:  {_shown(one)}" for one in figures.false(danger))
    if figures.implied:
        yield "danger that is only implied, in none of the figures above: an alarm is raised"
        yield from (f"  {a / of:6.1%}  {a:4} of {of:4}  {kind}" for kind, (a, of) in sorted(figures.alarmed.items()))
    confusions = Counter((one.utterance.means[0], one.understood) for one in heard if not one.right)
    if confusions:
        yield "confusions"
        yield from (f"  {count:3} {wanted} taken for {got}" for (wanted, got), count in confusions.most_common(25))
    if every:
        yield "utterances taken wrong"
        yield from (f"  {_shown(one)}" for one in heard if not one.right)
        yield "values read wrong"
        yield from (
            f"  {one.utterance.where}: « {one.utterance.text} »: {'; '.join(one.wrong_values)}"
            for one in heard
            if one.wrong_values
        )
    if figures.ended:
        yield f"dialogues: {len(figures.ended)}, ended as they should: {figures.dialogues:.1%}"
    for one in figures.ended:
        if one.wrong:
            yield f"  {one.dialogue.where}: {one.dialogue.name}: {'; '.join(one.wrong)}"
            if every:
                yield from (f"      {line}" for line in one.transcript)


def _shown(one: Heard) -> str:
    return (
        f"{one.utterance.where} at {one.utterance.at.value}: « {one.utterance.text} »: "
        f"{one.understood} instead of {' or '.join(one.utterance.means)}"
    )


def _table(title: str, rows: Iterable[tuple[str, bool]]) -> Iterable[str]:
    right: dict[str, list[bool]] = defaultdict(list)
    for name, good in rows:
        right[name].append(good)
    yield f"by {title}"
    for name, goods in sorted(right.items(), key=lambda row: (sum(row[1]) / len(row[1]), row[0])):
        yield f"  {sum(goods) / len(goods):6.1%}  {sum(goods):4} of {len(goods):4}  {name}"
