"""One conversation over one call, and the addresses to which its turns come."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from dialer.phone.room import Room


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation over one call."""

    attempt_id: UUID
    conversation_id: UUID
    our_number: str
    told_outright: bool = False
    """Whether the instructions answer no webhook: there is nothing that an address could be relative to."""

    def key(self, number: int) -> str:
        return turn_key(self.conversation_id, number)

    def address(self, room: Room, route: str, number: int) -> str:
        public_url = room.runtime.settings.public_url
        prefix = public_url if self.told_outright else urlsplit(public_url).path
        which = f"attempt={self.attempt_id}&conversation={self.conversation_id}&turn={number}"
        return f"{prefix}/carrier/voice/{route}?{which}"


def turn_key(conversation_id: UUID, number: int) -> str:
    return f"{conversation_id}:{number}"
