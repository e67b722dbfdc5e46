"""`python -m domain.sandbox`: the stand-in for Stripe as a process."""

import argparse
import sys

from domain.sandbox.listening import NotLoopback
from domain.sandbox.server import StripeSandbox


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Prints one JSON line when it listens; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m domain.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback only")
    parser.add_argument("--port", type=int, default=0, help="0: the last run's port if free, else any")
    parser.add_argument("--secret-key", required=True, help="sk_test_…: what the API's callers must show")
    parser.add_argument("--webhook-url", help="where events are sent")
    parser.add_argument("--webhook-secret", action="append", default=[], help="whsec_…; twice during a roll")
    parser.add_argument("--data", help="SQLite file; without it nothing survives")
    parser.add_argument("--business-name", default="Alta", help="the seller's name on the pages")
    given = parser.parse_args(arguments)
    try:
        sandbox = StripeSandbox(
            given.secret_key,
            given.webhook_url,
            given.webhook_secret,
            given.data,
            given.host,
            given.port,
            given.business_name,
        )
    except (NotLoopback, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sandbox.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
