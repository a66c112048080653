"""The whole of Rasa's dialogue management here: what is heard goes to the one action, then the agent listens again.

What follows what is decided in `bot/actions/dialogue`, from the state that PostgreSQL keeps (decision 7).
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

TURN = "take_turn"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TurnPolicy(Policy):
    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.ML_DATA

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": 6, "max_history": 1}

    def train(
        self,
        training_trackers: list[TrackerWithCachedStates],  # noqa: ARG002 - there is nothing to learn
        domain: Domain,  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> Resource:
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,  # noqa: ARG002 - Rasa calls by these names
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> PolicyPrediction:
        heard = tracker.latest_action_name == ACTION_LISTEN_NAME
        sure = self._default_predictions(domain)
        sure[domain.index_for_action(TURN if heard else ACTION_LISTEN_NAME)] = 1.0
        return self._prediction(sure)
