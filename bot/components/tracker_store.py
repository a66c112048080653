"""Rasa keeps no conversation: the truth of a dialogue is in its row in PostgreSQL, written by the actions.

What a patient says thus rests in one place, where retention and erasure reach it; any Rasa can take any turn, without a
lock or a store to share; and a turn costs the same at the end of a conversation as at its beginning (decision 7).
"""

from __future__ import annotations

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker


class ForgetfulTrackerStore(TrackerStore):
    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A conversation that has just begun to listen."""
        tracker = self.init_tracker(sender_id)
        for event in (ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)):
            tracker.update(event)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Nothing is kept."""
