"""JSON of our own records, whatever their texts hold."""

from __future__ import annotations

from typing import Any

import msgspec


def encode_json(value: Any) -> bytes:
    """UTF-8 JSON; numpy scalars become numbers, paths text, and bytes of file names that are no UTF-8 become U+FFFD."""
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except UnicodeEncodeError:
        return msgspec.json.encode(_cleaned(msgspec.to_builtins(value, enc_hook=_plain)))


def printable(text: str) -> str:
    """The text with lone surrogates, which stand for undecodable bytes of file names, made U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
