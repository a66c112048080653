"""Who is at the other end: the registry of characters."""

from sandbox.characters.model import Act, BySms, Character, Habit
from sandbox.characters.unwilling import UNWILLING
from sandbox.characters.willing import NEEDS_MOBILE, NEEDS_OVERSEAS, WILLING

CHARACTERS: dict[str, Character] = {character.name: character for character in (*WILLING, *UNWILLING)}

__all__ = ["CHARACTERS", "NEEDS_MOBILE", "NEEDS_OVERSEAS", "Act", "BySms", "Character", "Habit"]
