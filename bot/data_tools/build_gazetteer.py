"""Builds the gazetteer of communes from the package `@etalab/decoupage-administratif` (npm).

    npm pack @etalab/decoupage-administratif@6.0.0
    tar xzf etalab-decoupage-administratif-6.0.0.tgz
    python -m bot.data_tools.build_gazetteer package/data/communes.json

One line a place, tab separated: INSEE code, name, postal codes, department, population. Today's communes and the
municipal arrondissements of Paris, Lyon and Marseille, which are places of their own here; delegated and
associated communes are left out.
"""

import gzip
import json
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "actions" / "understanding" / "data" / "communes.tsv.gz"
KEPT = ("commune-actuelle", "arrondissement-municipal")


def line_of(commune: dict[str, object]) -> str | None:
    if commune["type"] not in KEPT:
        return None
    code = str(commune["code"])
    postal_codes = commune.get("codesPostaux") or []
    assert isinstance(postal_codes, list)
    department = code[:3] if code.startswith("97") else code[:2]
    return "\t".join(
        [code, str(commune["nom"]), " ".join(postal_codes), department, str(commune.get("population") or 0)]
    )


def main(source: Path, target: Path = TARGET) -> int:
    communes = json.loads(source.read_text(encoding="utf-8"))
    lines = sorted(line for commune in communes if (line := line_of(commune)) is not None)
    target.parent.mkdir(parents=True, exist_ok=True)
    # A fixed modification time makes the same source give the same bytes.
    with target.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode("utf-8"))
    return len(lines)


if __name__ == "__main__":
    print(f"{main(Path(sys.argv[1]))} places")
