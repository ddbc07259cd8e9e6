"""Mutations of valid documents: structure-aware for JSON and YAML, of text and bytes for all; seeded."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import yaml

HOSTILE_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308, "", " ", "-1", "²", "٣", "0x10",
    "1e400", "nan", "a" * 5000, "\x00", "\x1b[31m", "\u202e", "\ud800", "*", "*.*", "(a+)+$", "[", "\\", "://", "http://[",
    "-" * 40, "2026-13-45", "9" * 5000, [], {}, [[]], [None], {"": None}, {"a": {"a": {}}}, [1, "1", None, {}],
)  # fmt: skip
TOKENS: tuple[bytes, ...] = (
    b"[" * 5000, b"{" * 5000, b"- " * 500, b'{"a":' * 2000, b"? " * 300, b"NaN", b"Infinity", b"-inf", b"nan", b"1e999",
    b"9" * 6000, b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b"\r", b"\n", b"\t", b'"', b"'", b"\\", b"\\ud800", b"&a [*a]",
    b"&a", b"*a", b"<<: {a: b}", b"!!python/object:os.system x", b"!x ", b"---\n", b"...\n", b"%YAML 9\n", b"#", b"|",
    b">", b"[[a]]\n", b"[a.b]\n", b"a.b.c = 1\n", b"a = nan\n", b" = ", b",", b":", b"\xef\xbb\xbf", b"}", b"]",
)  # fmt: skip


def mutated(sample: bytes, chance: Random) -> bytes:
    """Return a document that is a little, or much, different from a valid one."""
    if chance.random() < 0.03:
        return chance.randbytes(chance.randint(0, 400))
    content = sample
    if chance.random() < 0.6 and (plain := _plain(sample)) is not None:
        for _ in range(chance.randint(1, 3)):
            plain = _changed(plain, chance)
        content = _written(plain, chance)
        if chance.random() < 0.7:
            return content
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        content = chance.choice(_EDITS)(content, chance)
    return content


def _plain(sample: bytes) -> Any:
    """Return what a JSON or YAML sample holds; None for other kinds."""
    try:
        return json.loads(sample)
    except ValueError:
        pass
    try:
        found = list(yaml.safe_load_all(sample))
    except yaml.YAMLError:
        return None
    is_yaml = all(isinstance(d, dict) for d in found)
    return (
        json.loads(json.dumps(found[0] if len(found) == 1 else found, default=str))
        if is_yaml
        else None
    )


def _written(plain: Any, chance: Random) -> bytes:
    try:
        text = json.dumps(
            plain, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, 1))
        )
    except (ValueError, RecursionError):
        return b"{}"
    return text.encode("utf-8", "surrogatepass")


def _changed(plain: Any, chance: Random) -> Any:
    """Return a copy with one place changed."""
    root: dict[str, Any] = {"root": json.loads(json.dumps(plain))}
    places: list[tuple[Any, Any]] = []
    waiting: list[Any] = [root]
    while waiting:
        inner = waiting.pop()
        keys: Any = list(inner) if isinstance(inner, dict) else range(len(inner))
        for key in keys:
            places.append((inner, key))
            if isinstance(inner[key], (dict, list)):
                waiting.append(inner[key])
    holder, key = chance.choice(places)
    match chance.randint(0, 5):
        case 0 if holder is not root:
            del holder[key]
        case 1 if isinstance(holder, dict) and holder is not root:
            holder[str(chance.choice(HOSTILE_VALUES))[:200]] = holder.pop(key)
        case 2:
            donor, other = chance.choice(places)
            holder[key] = json.loads(json.dumps(donor[other]))
        case 3:
            deep: Any = holder[key]
            for _ in range(chance.choice((1, 60, 70, 300))):
                deep = [deep] if chance.random() < 0.5 else {"a": deep}
            holder[key] = deep
        case _:
            holder[key] = chance.choice(HOSTILE_VALUES)
    return root["root"]


def _insert(content: bytes, chance: Random) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + chance.choice(TOKENS) + content[at:]


def _delete(content: bytes, chance: Random) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + content[at + chance.choice((1, 1, 5, 40)) :]


def _flip(content: bytes, chance: Random) -> bytes:
    if not content:
        return content
    at = chance.randrange(len(content))
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


def _repeat(content: bytes, chance: Random) -> bytes:
    at = chance.randint(0, len(content))
    piece = content[at : at + chance.choice((5, 40, 300))]
    return content[:at] + piece * chance.choice((2, 2, 50)) + content[at:]


def _lines(content: bytes, chance: Random) -> bytes:
    lines = content.split(b"\n")
    chance.shuffle(lines) if chance.random() < 0.2 else lines.insert(
        chance.randint(0, len(lines)), chance.choice(lines)
    )
    return b"\n".join(lines)


def _cut(content: bytes, chance: Random) -> bytes:
    return content[: chance.randint(0, len(content))]


def _scalar(content: bytes, chance: Random) -> bytes:
    """Put a hostile value where a word stood."""
    words = content.split(b" ")
    value = str(chance.choice(HOSTILE_VALUES)).encode("utf-8", "surrogatepass")
    words[chance.randrange(len(words))] = chance.choice(
        (value, b'"' + value + b'"', b"'" + value + b"'")
    )
    return b" ".join(words)


_EDITS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _insert, _insert, _delete, _flip, _repeat, _lines, _cut, _scalar, _scalar,
)  # fmt: skip
