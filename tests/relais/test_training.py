"""The model is trained once for its sources, and Rasa is given nothing of ours."""

import sys
from pathlib import Path

import pytest

from outreach.errors import BusinessError
from relais import training
from relais.environments import rasa_environment


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What was trained; a training takes no time here."""
    done: list[str] = []

    def train(models: Path, name: str) -> None:
        done.append(name)
        (models / name).write_bytes(b"a model")

    monkeypatch.setattr(training, "_train", train)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return done


def _sources(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """A copy of what a project has, small and free to change."""
    bot = folder / "bot"
    (bot / "data").mkdir(parents=True)
    (bot / "components").mkdir()
    (bot / "domain.yml").write_text("a domain")
    (bot / "config.yml").write_text("a pipeline")
    (bot / "data" / "nlu.yml").write_text("examples")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "rasa.txt").write_text("rasa==3.6.21")
    monkeypatch.setattr(training, "PROJECT", folder)
    monkeypatch.setattr(training, "_BOT", bot)
    return bot


def test_what_is_trained_once_is_not_trained_again(trainings: list[str], tmp_path: Path) -> None:
    model = training.ensure_model(tmp_path / "var")
    assert training.ensure_model(tmp_path / "var") == model
    assert training.ensure_model(tmp_path / "another checkout") != model
    assert len(trainings) == 1


def test_changed_sources_are_trained_and_the_rest_is_not(
    trainings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = _sources(monkeypatch, tmp_path / "project")
    training.ensure_model(tmp_path / "var")
    (bot / "data" / ".DS_Store").write_text("the machine's own")
    (bot / "README.md").write_text("not read by a training")
    training.ensure_model(tmp_path / "var")
    assert len(trainings) == 1
    for changed in (bot / "data" / "nlu.yml", bot / "domain.yml", tmp_path / "project" / "requirements" / "rasa.txt"):
        changed.write_text(changed.read_text() + " more")
        training.ensure_model(tmp_path / "var")
    assert len(trainings) == len(set(trainings)) == 4


def test_a_cache_that_cannot_be_written_costs_nothing(
    trainings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    model = training.ensure_model(tmp_path / "var")
    assert model.read_bytes() == b"a model"
    assert "not shared with other checkouts" in capsys.readouterr().err.replace("\n", " ")
    assert len(trainings) == 1


def test_a_failed_training_is_one_sentence_and_leaves_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("relais.environments.RASA", Path(sys.executable))  # it knows no such command
    with pytest.raises(BusinessError, match="could not be trained"):
        training.ensure_model(tmp_path / "var")
    assert not list((tmp_path / "var").rglob("*.tar.gz"))


def test_rasa_is_given_none_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = ("TWILIO_AUTH_TOKEN", "RELAIS_SECRET_KEY", "DATABASE_URL", "twilio_auth_token")
    for name in ours:
        monkeypatch.setenv(name, "a secret")
    environment = rasa_environment()
    assert not set(ours) & set(environment)
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["PATH"]
