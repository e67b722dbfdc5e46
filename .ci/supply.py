"""What we are made of: `python .ci/supply.py check` (CI) or `write` (after a change of uv.lock).

check: every package that the product installs has a licence that we may use, none is on the list of advisories, each
direct dependency is justified in CONTRIBUTING.md, and the bill of materials is that of the lock file. Where the index
knows of vulnerabilities, `pip-audit` is asked as well; `advisories.json` is what was known when it was recorded.
"""

import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

HERE = Path(__file__).parent
ROOT = HERE.parent
BILL = HERE / "sbom.cdx.json"
ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Lesser General Public|EPL-2.0"
)
# Its wheel says nothing; its repository has the text.
SAID_ELSEWHERE = {"pyrage": "MIT"}


def main() -> None:
    """Ends with 1 where something is not in order."""
    if sys.argv[1:] == ["write"]:
        BILL.write_text(json.dumps(bill(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return
    installed = {name: version for name, version in components(bill()).items() if present(name)}
    faults = [*licences(installed), *advisories(components(bill())), *justified(), *recorded(), *audited()]
    for fault in faults:
        print(fault)
    print(f"{len(components(bill()))} packages, {len(direct())} of them asked for; {len(faults)} faults")
    sys.exit(1 if faults else 0)


def bill() -> dict[str, object]:
    """The product's packages as CycloneDX, without what changes at each writing."""
    done = subprocess.run(
        ["uv", "export", "--frozen", "--no-dev", "--format", "cyclonedx1.5", "--quiet"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    found.pop("serialNumber", None)
    found.get("metadata", {}).pop("timestamp", None)
    found.get("metadata", {}).pop("tools", None)
    # Hashes and addresses of files are in uv.lock, which is what is installed from.
    kept = ("type", "bom-ref", "name", "version", "purl")
    found["components"] = [{name: one[name] for name in kept if name in one} for one in found["components"]]
    return found


def components(found: dict[str, object]) -> dict[str, str]:
    """Name to version, without ourselves."""
    return {str(one["name"]): str(one["version"]) for one in found["components"] if one["name"] != "alta"}


def present(name: str) -> bool:
    """Whether it is installed here: some are for other systems."""
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def licences(installed: dict[str, str]) -> list[str]:
    """Packages whose licence we have not allowed."""
    faults = []
    for name in installed:
        about = metadata.metadata(name)
        classified = [one for one in about.get_all("Classifier", []) if one.startswith("License")]
        said = " ".join([about.get("License-Expression") or "", *classified, (about.get("License") or "")[:200]])
        if not ALLOWED.search(SAID_ELSEWHERE.get(name, said)):
            faults.append(f"licence of {name}: {said.strip()[:100] or 'unknown'}")
    return faults


def advisories(locked: dict[str, str]) -> list[str]:
    """Packages that are older than what fixed a known fault."""
    known = json.loads((HERE / "advisories.json").read_text(encoding="utf-8"))["advisories"]
    return [
        f"{name} {locked[name]} is older than {fixed}, which fixed {identifier}"
        for name, fixed, identifier in known
        if name in locked and Version(locked[name]) < Version(fixed)
    ]


def direct() -> list[str]:
    """The packages that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(one).name for one in project["dependencies"]]


def justified() -> list[str]:
    """Dependencies that CONTRIBUTING.md does not say why of."""
    said = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return [f"CONTRIBUTING.md does not say why {name} is there" for name in direct() if f"| `{name}` |" not in said]


def recorded() -> list[str]:
    """Whether the bill of materials is the lock file's."""
    known = components(json.loads(BILL.read_text(encoding="utf-8"))) if BILL.exists() else {}
    return [] if known == components(bill()) else ["the bill of materials is not the lock file's: .ci/supply.py write"]


def audited() -> list[str]:
    """What the index says of vulnerabilities, where it says anything."""
    done = subprocess.run(
        ["uv", "run", "--frozen", "pip-audit", "--local", "--format", "json", "--progress-spinner", "off"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return []
    return [f"{one['name']} {one['version']}: {fault['id']}" for one in found for fault in one.get("vulns", [])]


if __name__ == "__main__":
    main()
