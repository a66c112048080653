"""The classifier of meanings: a linear support-vector machine over words, pieces of words and sounds.

Gives the meanings of the whole utterance and of each of its parts: « oui mais c'est payant ? » is a yes and
a question. Chosen by measurement (decision 8). Runs in Rasa's environment (Python 3.10); nothing here is imported by
the rest of the project.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from components.action_results import compile_schema_once
from components.french import clauses, normal, sounded
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack

_FILE = "meanings.joblib"


class View:
    """One way of cutting texts up, weighted by how rare each piece is."""

    def __init__(self, **options: Any) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectorizer = TfidfVectorizer(lowercase=False, sublinear_tf=True, dtype=np.float32, **options)
        self.start = 0

    def learn(self, texts: list[str]) -> csr_matrix:
        return self._vectorizer.fit_transform(texts)

    def ready(self) -> None:
        """What `of` needs, taken out once: the library's own transform spends its time on building small matrices."""
        self._pieces = self._vectorizer.build_analyzer()
        self._index = self.vocabulary = self._vectorizer.vocabulary_
        self._rarity = self._vectorizer.idf_

    def of(self, text: str) -> tuple[list[int], np.ndarray]:
        """The rows of the weights that the text meets, and how much of each."""
        counts = Counter(self._index[piece] for piece in self._pieces(text) if piece in self._index)
        if not counts:
            return [], np.empty(0, dtype=np.float32)
        rows = list(counts)
        values = (1.0 + np.log(np.fromiter(counts.values(), np.float32))) * self._rarity[rows]
        return [row + self.start for row in rows], values / np.sqrt(values @ values)

    def __getstate__(self) -> dict[str, Any]:
        return {"_vectorizer": self._vectorizer, "start": self.start}


class Features:
    """An utterance as sequences of words, as pieces of words (typing errors) and as sounds (transcripts)."""

    def __init__(self, words: int, pieces: int, sounds: int) -> None:
        by_word = {"tokenizer": str.split, "token_pattern": None}
        self.views = (
            (View(ngram_range=(1, words), **by_word), _framed),
            (View(analyzer="char_wb", ngram_range=(2, pieces), min_df=2), str),
            (View(ngram_range=(1, sounds), **by_word), _as_sounds),
        )

    def learn(self, texts: list[str]) -> csr_matrix:
        plain = [normal(text) for text in texts]
        learned = []
        start = 0
        for view, shaped in self.views:
            learned.append(view.learn([shaped(text) for text in plain]))
            view.start = start
            start += learned[-1].shape[1]
        self.ready()
        return hstack(learned, format="csr")

    def ready(self) -> None:
        for view, _ in self.views:
            view.ready()

    def known(self, text: str) -> float:
        """How much of a text was ever met: of noise, nothing is sure. 1 when half of the words were."""
        words = normal(text).split()
        vocabulary = self.views[0][0].vocabulary
        return min(1.0, 2 * sum(word in vocabulary for word in words) / len(words)) if words else 0.0

    def of(self, text: str) -> tuple[list[int], np.ndarray]:
        plain = normal(text)
        found = [view.of(shaped(plain)) for view, shaped in self.views]
        return [row for rows, _ in found for row in rows], np.concatenate([values for _, values in found])


def _framed(plain: str) -> str:
    """Where an utterance begins and ends tells much about it."""
    return f"_debut {plain} _fin"


def _as_sounds(plain: str) -> str:
    return _framed(sounded(plain))


def _sharpness(machine: Any, rows: csr_matrix, meanings: list[str]) -> float:
    """What the machine's scores are multiplied by, so that their soft maximum tells how often it is right.

    Found on examples that it was not fitted to; else it would be as sure of everything as of what it knows by heart.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(3, shuffle=True, random_state=2026)
    scores = cross_val_predict(machine, rows, meanings, cv=folds, method="decision_function")
    labels = np.unique(meanings)
    right = np.searchsorted(labels, meanings)

    def surprise(factor: float) -> float:
        scaled = scores * factor
        scaled -= scaled.max(axis=1, keepdims=True)
        logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-logs[np.arange(len(right)), right].mean())

    return float(min(np.arange(1.0, 12.0, 0.25), key=surprise))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MeaningClassifier(IntentClassifier, GraphComponent):
    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"words": 3, "pieces": 5, "sounds": 2, "strength": 0.3, "ranking_length": 8}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._features: Features | None = None
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
        compile_schema_once()
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            classifier._restore(joblib.load(folder / _FILE))
        return classifier

    def _restore(self, kept: dict[str, Any]) -> None:
        self._features, self._labels = kept["features"], kept["labels"]
        self._weights, self._intercept = kept["weights"], kept["intercept"]
        self._features.ready()

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self.learn([example.get(TEXT) for example in examples], [example.get(INTENT) for example in examples])
        with self._storage.write_to(self._resource) as folder:
            self.keep(folder / _FILE)
        return self._resource

    def learn(self, texts: list[str], meanings: list[str]) -> None:
        from sklearn.svm import LinearSVC

        features = Features(self._config["words"], self._config["pieces"], self._config["sounds"])
        machine = LinearSVC(C=self._config["strength"], class_weight="balanced", random_state=2026)
        rows = features.learn(texts)
        sharpness = _sharpness(machine, rows, meanings)
        machine.fit(rows, meanings)
        self._features = features
        self._labels = [str(label) for label in machine.classes_]
        # Features by meanings: a sparse row then meets only the rows of its own words.
        self._weights = np.ascontiguousarray(machine.coef_.T * sharpness, dtype=np.float32)
        self._intercept = (machine.intercept_ * sharpness).astype(np.float32)

    def keep(self, file: Path) -> None:
        kept = {
            "features": self._features,
            "labels": self._labels,
            "weights": self._weights,
            "intercept": self._intercept,
        }
        joblib.dump(kept, file, compress=3)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            parts = clauses(text)
            ranking, *of_parts = self.rankings([text, *parts])
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            kept = [{"text": part, "ranking": ranked} for part, ranked in zip(parts, of_parts, strict=True)]
            message.set("parts", kept, add_to_output=True)
        return messages

    def rankings(self, texts: list[str]) -> list[list[dict[str, Any]]]:
        """The likeliest meanings of each text, with probabilities."""
        return [self._ranked(text) for text in texts]

    def _ranked(self, text: str) -> list[dict[str, Any]]:
        assert self._features is not None
        rows, values = self._features.of(text)
        scores = values @ self._weights[rows] + self._intercept if rows else self._intercept
        shares = np.exp(scores - scores.max())
        shares *= self._features.known(text) / shares.sum()
        best = np.argsort(-shares)[: self._config["ranking_length"]]
        return [{"name": self._labels[i], "confidence": float(shares[i])} for i in best]
