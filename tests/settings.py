"""Settings for tests, whatever the machine's own environment and `.env` say."""

from typing import Any

from outreach.settings import Settings


def settings_of(**values: Any) -> Settings:
    # The stubs of pydantic-settings know nothing of `_env_file`, which its documentation promises.
    return Settings(**{"_env_file": None, **values})
