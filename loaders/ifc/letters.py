"""Letters that a STEP file holds as plain bytes, which ISO 10303-21 forbids and ifcopenshell drops."""

from __future__ import annotations

import re

_STRING = re.compile(rb"'[^']*[\x80-\xff][^']*'")
_FOREIGN = re.compile("[^\x00-\x7f]+")


def escaped(data: bytes) -> tuple[bytes, str, int]:
    """The text with such letters as ``\\X2\\`` codes, the encoding they were in, and the number of strings.

    Programs write them in UTF-8 or in the code page of their machine, in China GB 18030.
    """
    if data.isascii():
        return data, "", 0
    encoding = _encoding(b"\n".join(_STRING.findall(data)))

    def code(match: re.Match[bytes]) -> bytes:
        return _FOREIGN.sub(_coded, match[0].decode(encoding, "replace")).encode("ascii")

    changed, count = _STRING.subn(code, data)
    return changed, encoding, count


# The directives of ISO 10303-21, clause 6.4.3; whatever else begins like one is wrong.
_DIRECTIVE = re.compile(
    rb"(\\\\|\\X2\\(?:[0-9A-Fa-f]{4})+\\X0\\|\\X4\\(?:[0-9A-Fa-f]{8})+\\X0\\|\\X\\[0-9A-Fa-f]{2}"
    rb"|\\S\\[\x20-\x26\x28-\x7e]|\\P[A-I]\\|\\N\\|\\F\\)|\\"
)


def literal_where_wrong(data: bytes) -> tuple[bytes, int]:
    """The text with the reverse solidus of every wrong directive doubled, as one that means itself; and how many."""
    count = 0

    def kept(match: re.Match[bytes]) -> bytes:
        nonlocal count
        if match[1]:
            return match[0]
        count += 1
        return b"\\\\"

    return _DIRECTIVE.sub(kept, data), count


def _coded(match: re.Match[str]) -> str:
    letters = match[0]
    if max(letters) <= "\uffff":
        return f"\\X2\\{letters.encode('utf-16-be', 'replace').hex().upper()}\\X0\\"
    return f"\\X4\\{letters.encode('utf-32-be', 'replace').hex().upper()}\\X0\\"


def _encoding(sample: bytes) -> str:
    for name in ("utf-8", "gb18030"):
        try:
            sample.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"
