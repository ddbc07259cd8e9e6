"""Documents from outside are read by `steward.documents` alone: every other parser is unbounded."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "steward"
OURS = {
    "daemon/collection/offset_history_shards.py": "shards of the ring, damaged ones are left out",
    "analysis/diagnosis/sample_codec.py": "looks of the store, damaged ones are left out",
    "interfaces/reference/monitoring.py": "copies what it has just written",
    "store/": "bodies of rows, read by store/rows.py and its neighbours",
}
"""Readers of what steward wrote itself, and why they cannot end a command."""
PARSERS = {
    ("json", "load"), ("json", "loads"), ("tomllib", "load"), ("tomllib", "loads"),
    ("yaml", "load"), ("yaml", "load_all"), ("yaml", "safe_load"), ("yaml", "safe_load_all"),
    ("yaml", "compose"), ("yaml", "compose_all"), ("yaml", "full_load"), ("yaml", "unsafe_load"),
    ("msgspec.json", "decode"), ("msgspec.yaml", "decode"), ("msgspec.toml", "decode"),
    ("pickle", "load"), ("pickle", "loads"), ("marshal", "loads"), ("ElementTree", "parse"),
}  # fmt: skip
IMPORTABLE = {name for module, name in PARSERS if module != "msgspec.json"}


def parsers_used(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            module = ast.unparse(node.value)
            if (module, node.attr) in PARSERS:
                yield f"{module}.{node.attr} (line {node.lineno})"
        if isinstance(node, ast.ImportFrom) and node.module in {m for m, _ in PARSERS}:
            yield from (
                f"from {node.module} import {a.name}" for a in node.names if a.name in IMPORTABLE
            )


def test_no_parser_outside_the_bounded_readers() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}: {use}"
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "documents"
        and not any(str(path.relative_to(PACKAGE)).startswith(one) for one in OURS)
        for use in parsers_used(path)
    }
    assert not found


def test_the_search_finds_parsers(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text(
        "import json\njson.loads('1')\nfrom tomllib import loads\nmsgspec.json.decode(b'')\n"
    )
    assert len(list(parsers_used(file))) == 3
