"""The agent's model: trained when its sources changed, not otherwise."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from outreach.errors import BusinessError
from outreach.settings import PROJECT
from relais.console import err
from relais.guard import guarded

_BOT = PROJECT / "bot"
_SOURCES = ("config.yml", "domain.yml", "domain", "data", "components")


def fingerprint() -> str:
    """A digest of everything that a training reads, the version of Rasa included."""
    digest = hashlib.sha256((PROJECT / "requirements" / "rasa.txt").read_bytes())
    for source in _SOURCES:
        root = _BOT / source
        files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        for path in files:
            if "__pycache__" not in path.parts and not path.name.startswith("."):
                digest.update(str(path.relative_to(_BOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _shared_cache() -> Path:
    """A cache beside all checkouts, so that a fresh clone needn't train what another one has trained."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "relais" / "models"


def ensure_model(var: Path) -> Path:
    """The model of the present sources, trained now if nobody has it. Raises BusinessError when training fails."""
    models = var / "models"
    models.mkdir(parents=True, exist_ok=True)
    name = f"{fingerprint()}.tar.gz"
    model = models / name
    with (models / "training.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if model.exists():
            return model
        cached = _shared_cache() / name
        if not cached.exists():
            _train(models, name)
            _share(model, cached)
        else:
            _publish(cached, model)
    return model


def _share(model: Path, cached: Path) -> None:
    """Offers a model to the other checkouts; this one has its own, so a cache that can't be written costs nothing."""
    try:
        _publish(model, cached)
    except OSError as error:
        err.print(f"the model is not shared with other checkouts: {cached.parent}: {error.strerror}", markup=False)


def _publish(source: Path, target: Path) -> None:
    """Copies a file so that nobody ever sees half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    shutil.copyfile(source, part)
    part.replace(target)


def _train(models: Path, name: str) -> None:
    from relais.environments import rasa_environment, rasa_program

    err.print("training the agent's model, some minutes…", markup=False)
    part = f"part-{os.getpid()}"
    log = models / "training.log"
    with log.open("w") as output:
        status = subprocess.run(
            guarded([str(rasa_program()), "train", "--quiet", "--out", str(models), "--fixed-model-name", part]),
            cwd=_BOT,
            env=rasa_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if status != 0:
        raise BusinessError(f"the agent's model could not be trained; {log} tells why")
    (models / f"{part}.tar.gz").replace(models / name)
