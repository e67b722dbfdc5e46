"""What may be made to go wrong, and how. Scripts are never touched: a program of theirs is replaced in PATH."""

import shlex
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from provisioning.sandbox.machine import write_program


@dataclass
class Faults:
    """The switches, as `POST /_faults` takes them; every default is "no fault".

    refuse: nothing listens for SSH, and open connections are dropped. hang: commands are taken and never answered.
    cut_at_line: the connection is dropped after that many lines of output, once. exit_1: psql fails; a text limits
    that to the SQL files with it in their name ("company"). disk_full: cloning, copying and archives find no space.
    slow_ms: every psql starts that much later. drop: open connections are dropped, once.
    """

    refuse: bool = False
    hang: bool = False
    cut_at_line: int | None = None
    exit_1: bool | str = False
    disk_full: bool = False
    slow_ms: int = 0
    drop: bool = False

    def change(self, wanted: dict[str, Any]) -> None:
        """Sets what is named; `reset` puts everything right first. Raises ValueError on an unknown switch."""
        wanted = dict(wanted)
        known = {switch.name: switch.default for switch in fields(self)}
        if wanted.pop("reset", False):
            wanted = {**known, **wanted}
        if strange := set(wanted) - set(known):
            raise ValueError(f"no such fault: {', '.join(sorted(strange))}")
        for name, value in wanted.items():
            setattr(self, name, value)

    def install(self, shims: Path, programs: dict[str, str]) -> None:
        """Puts stand-ins for `programs` (name -> real path) into `shims`, or takes them away."""
        for name, body in {"psql": self._psql(), "cp": self._full("cp"), "tee": self._full("tee")}.items():
            if body:
                write_program(shims / name, f'{body}exec {shlex.quote(programs[name])} "$@"\n')
            else:
                (shims / name).unlink(missing_ok=True)

    def _psql(self) -> str:
        body = f"sleep {self.slow_ms / 1000:.3f}\n" if self.slow_ms else ""
        if self.exit_1:
            pattern = f"*{shlex.quote(self.exit_1)}*.sql*" if isinstance(self.exit_1, str) else "*"
            body += f'case "$*" in {pattern}) echo "psql: error: server closed the connection" >&2; exit 1;; esac\n'
        if self.disk_full:
            failure = "psql: ERROR:  could not extend file: No space left on device"
            body += f'case "$*" in */clone.sql*) echo "{failure}" >&2; exit 1;; esac\n'
        return body

    def _full(self, program: str) -> str:
        return f'echo "{program}: error writing: No space left on device" >&2\nexit 1\n' if self.disk_full else ""
