"""Text reaches a terminal through `interfaces/terminal.py` and `interfaces/views/text.py` alone, never as markup."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "steward"
RICH = {
    "interfaces/views/text.py", "interfaces/views/grid.py", "interfaces/views/layout.py", "interfaces/cli/progress.py",
    "interfaces/cli/watch.py",
}  # fmt: skip
WRITERS = {
    "interfaces/terminal.py": {"sys.stderr.write"},
    "interfaces/cli/completion.py": {"click.echo"},  # the script of a shell, of click's own
    "interfaces/cli/help.py": {"click.echo"},  # help, of click's own
    "interfaces/cli/root.py": {"click.echo"},  # the version
    "interfaces/cli/run.py": {"print"},  # documents for machines
    "interfaces/show.py": {"print"},  # documents for machines
    "__main__.py": {"click.echo"},  # help, of click's own
    "interfaces/cli/stream.py": {"print"},  # JSON, a document a line
    "sandbox/relock.py": {"sys.stderr.write", "sys.stdout.write"},  # of those who build steward
    "sandbox/scenarios/__main__.py": {"sys.stdout.write"},  # printable, to a log file
}
"""Who writes to the streams of the process directly."""
WRITES = {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text())


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def writes(tree: ast.AST) -> set[str]:
    return {ast.unparse(c.func) for c in calls(tree)} & WRITES


def is_without_markup(call: ast.Call) -> bool:
    given = {k.arg: ast.unparse(k.value) for k in call.keywords}
    return given.get("markup") == given.get("emoji") == given.get("highlight") == "False"


def reads_markup(tree: ast.AST) -> list[str]:
    """Return what rich would read as markup: consoles with markup on, and what turns strings into markup."""
    found = [
        ast.unparse(c)
        for c in calls(tree)
        if ast.unparse(c.func).rpartition(".")[2] == "Console" and not is_without_markup(c)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("from_markup", "from_ansi"):
            found.append(ast.unparse(node))
        if isinstance(node, ast.ImportFrom) and node.module in ("rich", "rich.markup"):
            found.append(ast.unparse(node))
        if (
            isinstance(node, ast.keyword)
            and node.arg == "markup"
            and ast.unparse(node.value) != "False"
        ):
            found.append(ast.unparse(node))
    return found


def imports_rich(tree: ast.AST) -> bool:
    modules = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    modules += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    return any(m.partition(".")[0] == "rich" for m in modules)


def test_nobody_else_writes_to_the_streams() -> None:
    found = {name: used for name, tree in sources() if (used := writes(tree))}
    assert {
        n: u - WRITERS.get(n, set()) for n, u in found.items() if u - WRITERS.get(n, set())
    } == {}


def test_what_is_printed_for_machines_is_encoded() -> None:
    for name, tree in sources():
        for call in calls(tree):
            if ast.unparse(call.func) == "print":
                assert ast.unparse(call.args[0]).startswith(("encode(", "yaml_text(")), name


def test_no_markup_is_read() -> None:
    assert {name: found for name, tree in sources() if (found := reads_markup(tree))} == {}
    assert {name for name, tree in sources() if imports_rich(tree)} == RICH


def test_rich_gets_texts_and_no_strings() -> None:
    """A string that rich is given may be read as markup; a Text never is."""
    for name in RICH:
        tree = ast.parse((PACKAGE / name).read_text())
        for call in calls(tree):
            verb = ast.unparse(call.func).rpartition(".")[2]
            if verb in ("print", "status", "update", "add_column", "add_row", "rule", "log"):
                for argument in call.args:
                    assert not isinstance(argument, (ast.JoinedStr, ast.Constant)), (name, verb)


def test_the_search_finds_them() -> None:
    bad = (
        "from rich.console import Console\nfrom rich import print\nConsole()\nText.from_markup(f'[red]{x}')\n"
        "out.print(x, markup=True)\nsys.stderr.write(x)\nclick.echo(x)\n"
    )
    tree = ast.parse(bad)
    assert len(reads_markup(tree)) == 4
    assert imports_rich(tree)
    assert writes(tree) == {"print", "sys.stderr.write", "click.echo"} - {"print"}
