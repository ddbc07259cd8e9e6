"""The page of exit codes."""

from steward.interfaces.exit_codes import MEANINGS
from steward.interfaces.reference.markdown import code, page, plain, prose, table


def exit_codes_page() -> str:
    """Return the page of exit codes."""
    return page(
        "Exit codes",
        prose("The same for every command. Where parts of an answer are denied or unavailable, the code is still 0 or "
              "3 and `unknown` lists them; 7 and 8 mean that nothing requested could be read."),
        table(("Code", "Meaning"), ((code(n), plain(meaning)) for n, meaning in MEANINGS)),
        prose("`steward check` exits with 3 for findings of the severity of `--fail-on` or worse; the default is "
              "`high`. `unknown` fails a run only with `--fail-on unknown`; waived findings never do."),
    )  # fmt: skip
