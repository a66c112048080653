"""The classifier of meanings: a multinomial logistic regression over the featurizers' sparse features.

Rasa's own LogisticRegressionClassifier gives the same answers, but loads its model through a library that looks at
every loaded module at import: twenty seconds of a start. This one keeps a matrix and an intercept, and predicts with
one product. Runs in Rasa's environment (Python 3.10); nothing here is imported by the rest of the project.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack

_WEIGHTS, _LABELS = "weights.npz", "labels.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MeaningClassifier(IntentClassifier, GraphComponent):
    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"max_iter": 300, "strength": 1.0, "ranking_length": 5}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._labels: list[str] = []
        self._weights: np.ndarray | None = None
        self._intercept: np.ndarray | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa calls by these names
    ) -> MeaningClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003 - Rasa calls by these names
        **kwargs: Any,  # noqa: ARG003 - as above
    ) -> MeaningClassifier:
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            with np.load(folder / _WEIGHTS) as kept:
                classifier._weights, classifier._intercept = kept["weights"], kept["intercept"]
            classifier._labels = json.loads((folder / _LABELS).read_text(encoding="utf-8"))
        return classifier

    def train(self, training_data: TrainingData) -> Resource:
        from sklearn.linear_model import LogisticRegression

        examples = [message for message in training_data.intent_examples if _features(message) is not None]
        regression = LogisticRegression(
            C=self._config["strength"], max_iter=self._config["max_iter"], class_weight="balanced", random_state=2026
        )
        regression.fit(vstack([_features(m) for m in examples]), [m.get(INTENT) for m in examples])
        self._labels = [str(label) for label in regression.classes_]
        # Words by meanings: a sparse row then meets only the rows of its own words.
        self._weights = np.ascontiguousarray(regression.coef_.T, dtype=np.float32)
        self._intercept = regression.intercept_.astype(np.float32)
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / _WEIGHTS, weights=self._weights, intercept=self._intercept)
            (folder / _LABELS).write_text(json.dumps(self._labels), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self._ranked(message)
            best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(INTENT, best, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranked(self, message: Message) -> list[dict[str, Any]]:
        features = _features(message)
        if features is None or features.nnz == 0 or self._weights is None or self._intercept is None:
            return []
        scores = (features @ self._weights).ravel() + self._intercept
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        best = np.argsort(-shares)[: self._config["ranking_length"]]
        return [{"name": self._labels[i], "confidence": float(shares[i])} for i in best]


def _features(message: Message) -> csr_matrix | None:
    """The whole message's features, not those of its words one by one."""
    sentence = message.get_sparse_features(attribute=TEXT)[1]
    return csr_matrix(sentence.features) if sentence is not None else None
