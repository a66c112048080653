"""DESIGN §1 holds, and would be seen not to: each contract refuses a violation planted in a copy of the tree."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("outreach", "dialer", "bot", "api", "sandbox", "relais")
VIOLATIONS = {
    "outreach-imports-nobody": ("outreach/services/planted.py", "import dialer.carrier"),
    "rooms-apart": ("dialer/planted.py", "import bot.actions"),
    "sandbox-alone": ("sandbox/planted.py", "import outreach.clock"),
    "nobody-imports-relais": ("api/planted.py", "import relais.console"),
    "inside-outreach": ("outreach/domain/planted.py", "import outreach.database.models"),
    "domain-is-pure": ("outreach/domain/planted.py", "import httpx"),
    "only-outreach-speaks-sql": ("api/planted.py", "import sqlalchemy"),
    "queries-in-one-place": ("dialer/planted.py", "import outreach.database.repositories.people"),
}


def _contracts() -> list[str]:
    with (PROJECT / "pyproject.toml").open("rb") as file:
        return [contract["id"] for contract in tomllib.load(file)["tool"]["importlinter"]["contracts"]]


def _lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for room in ROOMS:
        shutil.copytree(
            PROJECT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__", "data", ".rasa", "web")
        )
    shutil.copy(PROJECT / "pyproject.toml", tree)
    return tree


def test_the_imports_run_one_way(copy: Path) -> None:
    result = _lint(copy)
    assert result.returncode == 0, result.stdout


def test_every_contract_has_a_violation_that_it_refuses() -> None:
    assert set(VIOLATIONS) == set(_contracts())


@pytest.mark.parametrize("contract", sorted(VIOLATIONS))
def test_a_planted_violation_is_refused(copy: Path, contract: str) -> None:
    path, line = VIOLATIONS[contract]
    planted = copy / path
    planted.write_text(line + "\n")
    try:
        result = _lint(copy)
    finally:
        planted.unlink()
    assert result.returncode != 0
    with (PROJECT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    name = next(each["name"] for each in contracts if each["id"] == contract)
    broken = [row for row in result.stdout.splitlines() if row.startswith(name) and row.rstrip().endswith("BROKEN")]
    assert broken, result.stdout


def test_no_module_has_two_subjects() -> None:
    long = {
        str(path.relative_to(PROJECT)): lines
        for room in ROOMS
        for path in (PROJECT / room).rglob("*.py")
        if "versions" not in path.parts and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
