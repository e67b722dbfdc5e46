"""Names of modules whose manifest has another version than the database, with commas. `name|version` lines come in.

Run as `python3 -I changed_modules.py FOLDERS` (separated by colons), where Odoo, and so Python, is installed.
"""

import ast
import sys
from pathlib import Path


def changed(name: str, installed: str, folders: list[Path]) -> bool:
    """True where the module's files are of another version than `installed`, as Odoo writes it (series and all)."""
    for folder in folders:
        manifest = folder / name / "__manifest__.py"
        if manifest.is_file():
            version = str(ast.literal_eval(manifest.read_text(encoding="utf-8")).get("version", "1.0"))
            series = ".".join(installed.split(".")[:2])
            return installed not in (version, f"{series}.{version}")
    return False  # its files are gone: an update could only fail


def main() -> None:
    """Reads, compares, prints."""
    folders = [Path(folder) for folder in sys.argv[1].split(":") if folder]
    rows = [line.rstrip("\n").split("|") for line in sys.stdin if "|" in line]
    sys.stdout.write(",".join(name for name, installed in rows if changed(name, installed, folders)))


main()
