"""Writes variants of the training examples: as a transcript garbles them, as a thumb types them.

    python -m bot.data_tools.make_variants          writes bot/data/generated/*.yml
    python -m bot.data_tools.make_variants --check  tells whether they are up to date

Every example of `bot/data/nlu` gets one spoken and one typed variant, always the same ones: the choice depends on the
sentence alone. What a variant may change never changes the meaning: no word that negates, counts or names is touched.
"""

import random
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import yaml

_DATA = Path(__file__).parents[1] / "data"
SOURCE, TARGET = _DATA / "nlu", _DATA / "generated"
_HEADER = 'version: "3.1"\n# Made by bot/data_tools/make_variants.py from ../nlu/{name}: change that one.\n'

_HESITATIONS = ("euh", "ben", "alors", "bah", "euh ben", "ah", "bon")
_BEFORE = ("bonjour", "oui bonjour", "écoutez", "attendez", "alors voilà", "ah", "dites", "mais", "vous savez")
_AFTER = ("madame", "monsieur", "s'il vous plaît", "voilà", "hein", "quoi", "vous comprenez", "merci")
# What a recogniser writes for what was said.
_HOMOPHONES = (
    (r"\bc'est\b", "ses"), (r"\bs'est\b", "c'est"), (r"\bj'ai\b", "jai"), (r"\bet\b", "est"), (r"\bà\b", "a"),
    (r"\bça\b", "sa"), (r"\bmédecin\b", "médecins"), (r"\bdocteur\b", "docteurs"), (r"\bqu'il\b", "qui"),
    (r"\btraitant\b", "traitent"), (r"\bj'en ai\b", "jean ai"), (r"\bpeux\b", "peut"), (r"\bveux\b", "veut"),
    (r"\bmes\b", "mais"), (r"\boù\b", "ou"), (r"\bn'\s*", ""), (r"\bne ", ""), (r"\bil y a\b", "y a"),
    (r"\bje suis\b", "chuis"), (r"\bje sais pas\b", "chais pas"), (r"\bfauteuil roulant\b", "fauteuil roulent"),
)  # fmt: skip
_ABBREVIATIONS = (
    (r"\bc'est\b", "c"), (r"\bj'ai\b", "g"), (r"\bquelqu'un\b", "qqn"), (r"\bs'il vous plaît\b", "svp"),
    (r"\bpourquoi\b", "pk"), (r"\bbeaucoup\b", "bcp"), (r"\btoujours\b", "tjs"), (r"\brendez-vous\b", "rdv"),
    (r"\bvous\b", "vs"), (r"\bnous\b", "ns"), (r"\bavec\b", "ac"), (r"\bdans\b", "ds"), (r"\bquand\b", "qd"),
    (r"\bpour\b", "pr"), (r"\bdemain\b", "dmn"), (r"\baujourd'hui\b", "auj"), (r"\bdocteur\b", "dr"),
    (r"\bmédecin\b", "medcin"), (r"\bje suis\b", "jsuis"), (r"\bje veux\b", "jveux"), (r"\bje peux\b", "jpeux"),
    (r"\bje sais pas\b", "jsp"), (r"\bquoi\b", "koi"), (r"\bqui\b", "ki"), (r"\bque\b", "ke"), (r"\bmessage\b", "msg"),
    (r"\btéléphone\b", "tel"), (r"\bnuméro\b", "num"), (r"\bbonjour\b", "bjr"), (r"\bmerci\b", "mrc"),
    (r"\bminutes\b", "min"), (r"\bl'après-midi\b", "aprem"), (r"\bouais?\b", "oui"), (r"\bn'|\bne ", ""),
)  # fmt: skip
_EMOJIS = ("🙏", "🙂", "!!", "...", "!", "😊")
# Alone in a message, these mean what they mean: nothing is put round them.
_SHORT = 3


def spoken(text: str) -> str:
    """As a recogniser might write it down: no capitals, no punctuation, hesitations, repetitions, homophones."""
    choose = random.Random(f"spoken {text}")
    said = re.sub(r"[.,;:!…]+", " ", text.lower())
    for pattern, heard in choose.sample(_HOMOPHONES, 8):
        if choose.random() < 0.7:
            said = re.sub(pattern, heard, said)
    words = said.split()
    if len(words) > _SHORT and choose.random() < 0.4:
        at = choose.randrange(min(3, len(words)))
        words.insert(at, words[at])
    if choose.random() < 0.5:
        words.insert(choose.randrange(len(words) + 1) if len(words) > _SHORT else 0, choose.choice(_HESITATIONS))
    if len(words) > _SHORT:
        if choose.random() < 0.25:
            words.insert(0, choose.choice(_BEFORE))
        if choose.random() < 0.25:
            words.append(choose.choice(_AFTER))
    return " ".join(words)


def typed(text: str) -> str:
    """As a thumb might type it: short forms, no accents, a slip, capitals, an emoji."""
    choose = random.Random(f"typed {text}")
    written = text.lower() if choose.random() < 0.8 else text
    for pattern, short in _ABBREVIATIONS:
        if choose.random() < 0.6:
            written = re.sub(pattern, short, written)
    if choose.random() < 0.75:
        written = _without_accents(written)
    if choose.random() < 0.5:
        written = written.replace("'", choose.choice(("", " ")))
    if len(written) > 8 and choose.random() < 0.5:
        written = _slip(written, choose)
    if choose.random() < 0.12:
        written = written.upper()
    if choose.random() < 0.15:
        written = f"{written} {choose.choice(_EMOJIS)}"
    return re.sub(r"\s+", " ", written).strip()


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def _slip(text: str, choose: random.Random) -> str:
    """Two letters exchanged, one left out or one struck twice, inside a long word."""
    long = list(re.finditer(r"[^\W\d_]{5,}", text))
    if not long:
        return text
    word = choose.choice(long)
    at = choose.randrange(word.start() + 1, word.end() - 2)
    match choose.randrange(3):
        case 0:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        case 1:
            return text[:at] + text[at + 1 :]
        case _:
            return text[:at] + text[at] + text[at:]


def variants_of(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Each meaning of a file with the variants of its examples; one that equals an example is left out."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    for block in document["nlu"]:
        examples = [line.removeprefix("- ").strip() for line in block["examples"].splitlines() if line.strip()]
        made = [variant for example in examples for variant in (spoken(example), typed(example))]
        fresh = dict.fromkeys(variant for variant in made if variant and variant not in examples)
        yield block["intent"], list(fresh)


def content(file: Path) -> str:
    blocks = [
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {variant}\n" for variant in variants)
        for intent, variants in variants_of(file)
        if variants
    ]
    return _HEADER.format(name=file.name) + "nlu:\n" + "".join(blocks)


def out_of_date() -> list[str]:
    """The names of the files that are not what they would be made to be now."""
    wanted = {file.name: content(file) for file in SOURCE.glob("*.yml")}
    found = {file.name: file.read_text(encoding="utf-8") for file in TARGET.glob("*.yml")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        stale = out_of_date()
        print("\n".join(f"bot/data/generated/{name} is out of date" for name in stale) or "up to date")
        return 1 if stale else 0
    TARGET.mkdir(exist_ok=True)
    for file in TARGET.glob("*.yml"):
        file.unlink()
    for file in sorted(SOURCE.glob("*.yml")):
        (TARGET / file.name).write_text(content(file), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
