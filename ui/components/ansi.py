"""What a log's text may do to a terminal: colour it, and nothing else."""

import re

_ESCAPES = re.compile(
    r"""
      \x1b\[[0-?]*[ -/]*[@-~]           # CSI: colours, and moving, erasing, switching modes
    | \x1b[\]PX^_].*?(?:\x1b\\|\x07|$)  # strings: titles, links, device controls
    | \x1b[ -/]*[0-~]?                  # anything shorter
    | [\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]  # control characters, but the tab
    """,
    re.VERBOSE | re.DOTALL,
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")


def only_colours(text: str) -> str:
    """`text` with its colours kept and every other control taken out."""
    return _ESCAPES.sub(lambda found: found[0] if _COLOUR.fullmatch(found[0]) else "", text)


def plain(text: str) -> str:
    """`text` without colours or controls."""
    return _ESCAPES.sub("", text)
