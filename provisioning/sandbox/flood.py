"""flood.sh LINES RATE: numbered lines, each with the moment it was written (s since 1970), at a steady rate a second.

Rate 0: as fast as they go. For the log bench; only the stand-in has it.
"""

import sys
import time


def main() -> None:
    """Writes what is due every 5 ms, so that no clock has to be finer than the reader's."""
    lines, rate = int(sys.argv[1]), float(sys.argv[2])
    began = time.monotonic()
    written = 0
    while written < lines:
        due = min(lines, int((time.monotonic() - began) * rate) + 1) if rate else min(lines, written + 1000)
        now = time.time()
        batch = "".join(
            f"{number} {now:.6f} línea de carga del banco de pruebas\n" for number in range(written + 1, due + 1)
        )
        sys.stdout.write(batch)
        sys.stdout.flush()
        written = due
        if rate:
            time.sleep(0.005)


main()
