"""Finding commands by a few letters, in either language. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from twin_app.commands.registry import Command, CommandRegistry
from twin_app.services.translations import LANGUAGES, catalogue


def score(wanted: str, text: str) -> int:
    """How well ``wanted`` fits ``text``: 0 not at all, more is better.

    A whole substring beats scattered letters, a beginning of a word beats its middle.
    """
    wanted, text = wanted.strip().lower(), text.lower()
    if not wanted:
        return 1
    place = text.find(wanted)
    if wanted == text:
        return 2000
    if place >= 0:
        at_word = place == 0 or not text[place - 1].isalnum()
        return 1000 - min(place, 200) + (300 if at_word else 0) + (200 if place == 0 else 0)
    if all(part in text for part in wanted.split()):
        return 600
    return _scattered(wanted.replace(" ", ""), text)


def _scattered(wanted: str, text: str) -> int:
    points, place = 0, -1
    for letter in wanted:
        found = text.find(letter, place + 1)
        if found < 0:
            return 0
        at_word = found == 0 or not text[found - 1].isalnum()
        points += 12 if at_word else 6 if found == place + 1 else 1
        place = found
    # Letters strewn over a sentence are no match.
    return points if points >= 5 * len(wanted) else 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One command as the palette shows it: its title now and in the other language."""

    command: Command
    title: str
    other: str
    score: int


def find_commands(registry: CommandRegistry, wanted: str, language: str, recent: list[str]) -> list[Entry]:
    """Commands that fit, best first; without letters the recently used come first."""
    other = next(name for name in LANGUAGES if name != language)
    entries = []
    for command in registry:
        if not command.palette:
            continue
        titles = [catalogue(name).get(command.title_key, command.id) for name in (language, other)]
        fit = max(score(wanted, titles[0]), score(wanted, titles[1]) - 20, score(wanted, command.id) - 60)
        if fit > 0:
            bonus = (len(recent) - recent.index(command.id)) * 30 if command.id in recent else 0
            entries.append(Entry(command, titles[0], titles[1], fit + bonus))
    return sorted(entries, key=lambda entry: -entry.score)
