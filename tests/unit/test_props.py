"""`.props("…")` is a language, with props that the browser evaluates: only words of our own source are put into it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What fields are made with: constants of their callers, looked at here too. Capitals are constants.
OURS = {"fields.ARROW", "fields.CROSS", "kind", "attributes", "autocomplete", "number", "limits"}


def _foreign(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        parts = list(node.args) if named == "props" else []
        parts += [one.value for one in node.keywords if one.arg == "attributes"]
        for part in parts:
            for inner in part.values if isinstance(part, ast.JoinedStr) else [part]:
                words = ast.unparse(inner.value) if isinstance(inner, ast.FormattedValue) else ast.unparse(inner)
                ours = words in OURS or words.isupper() or words.endswith(".html_id")
                if not isinstance(inner, ast.Constant) and not ours:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}: {words}"


def test_no_words_of_others_become_props() -> None:
    assert [one for path in sorted((ROOT / "ui").rglob("*.py")) for one in _foreign(path)] == []
