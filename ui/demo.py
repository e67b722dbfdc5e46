"""`main.py demo`: the whole house on one machine. The product runs as in production; only addresses differ."""

import contextlib
import fcntl
import json
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from domain import embedded, schema
from ui import demo_lives
from ui.processes import Child, StartError, Stop, end

PARTS = ("web", "stripe", "mail", "smtp", "node_http", "node_ssh")


@dataclass
class House:
    """What is running: children in order of start, and their addresses."""

    data_dir: Path
    ports: dict[str, int]
    keys: dict[str, str]
    children: list[Child] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    node: dict[str, Any] | None = None  # where the node is that was there before; None: the stand-in is started
    lives: int = 0  # customers with a past, which is made first
    say: Callable[[str], None] = lambda _: None

    @property
    def web(self) -> str:
        return f"http://localhost:{self.ports['web']}"

    def past_environment(self) -> dict[str, str]:
        """No backups are made of the past, and one customer's password is known."""
        return {**self.environment, "BACKUP_URL": "", "DEMO_OWNER_PASSWORD": self.keys["owner_password"]}

    def start(self, name: str, *argv: str, env: dict[str, str] | None = None, tells: bool = False) -> Child:
        child = Child(name, list(argv), log=self.data_dir / "logs" / f"{name}.log", env=env, tells=tells)
        self.children.append(child)
        return child


def run(
    *, port: int, data_dir: Path, fresh: bool, console: Console, node: dict[str, Any] | None = None, lives: int = 0
) -> int:
    """Starts everything, prints where it is, waits for Ctrl-C or SIGTERM, ends everything. Returns the exit code.

    `node`: the addresses of a node that runs already, as the stand-in's ready line has them; None starts the stand-in.
    `lives`: how many customers have lived through the year before, where this is the first start.
    """
    data_dir = data_dir.resolve()
    half_lived = _remembered(data_dir).get("past") == "begun"
    if (fresh or half_lived) and not _fresh(data_dir, console):
        return 1
    lives = 0 if _remembered(data_dir) else lives
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(_only_one(data_dir))
        except BlockingIOError:
            console.print(f"A demo already runs on {data_dir}. Stop it first, or choose another --data-dir.")
            return 1
        stopping = Stop()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        began = time.monotonic()
        children: list[Child] = []
        try:
            house = House(data_dir, _ports(data_dir, port), _keys(data_dir), children, node=node, lives=lives)
            with console.status("Starting the database and the stand-ins…") as status:
                house.say = status.update
                _start(house, stack, stopping)
                status.update("Starting the web application and the worker…")
                _wait_ready(house, stopping)
            if stopping.is_set():
                return 0
            _tour(house, console, time.monotonic() - began)
            return _watch(house, stopping, console)
        except StartError as error:
            console.print(str(error), style="red", markup=False)
            return 1
        finally:
            # Before the database ends with the stack: nobody must find it gone.
            end(children)


def _start(house: House, stack: contextlib.ExitStack, stopping: Stop) -> None:
    """Database and stand-ins side by side, then the catalogue, then the product itself."""
    ports, data = house.ports, house.data_dir
    stripe = house.start(
        "stripe", "-m", "domain.sandbox", "--port", str(ports["stripe"]),
        "--secret-key", house.keys["stripe_secret_key"], "--webhook-url", f"http://127.0.0.1:{ports['web']}/webhook/stripe",
        "--webhook-secret", house.keys["stripe_webhook_secret"], "--data", str(data / "stripe.sqlite3"),
    )  # fmt: skip
    mail = house.start(
        "mail", "-m", "domain.sandbox.mail", "--smtp-port", str(ports["smtp"]), "--http-port", str(ports["mail"]),
        "--data", str(data / "mail.sqlite3"),
    )  # fmt: skip
    admin_url = stack.enter_context(embedded.server(data))
    stand_in = [] if house.node else [house.start(
        "node", "-m", "provisioning.sandbox", "--database-url", admin_url, "--state", str(data / "node"),
        "--ssh-port", str(ports["node_ssh"]), "--http-port", str(ports["node_http"]), "--container", "105",
    )]  # fmt: skip
    url = schema.create_database(admin_url, "alta")
    with ThreadPoolExecutor(1) as pool:
        migrating = pool.submit(schema.migrate, url)
        stripe_at, mail_at, *node_at = (child.ready_line(stop=stopping) for child in (stripe, mail, *stand_in))
        migrating.result()
    house.environment = _environment(house, url, stripe_at, mail_at, house.node or node_at[0])
    if house.lives:
        _live(house, stopping)
    house.start("web", "main.py", "serve", "--with-worker", env=house.environment)


def _live(house: House, stopping: Stop) -> None:
    """The year before: forty customers, made once, by a process of its own."""
    _remember(house.data_dir, past="begun")
    past = house.start("past", "main.py", "past", str(house.lives), env=house.past_environment(), tells=True)
    for line in past.lines(stopping):
        if "month" in line:
            house.say(f"Living through the year before: {line['month']}, {line['customers']} customers…")
        if line.get("done"):
            _remember(house.data_dir, past="lived", published=True)
    house.children.remove(past)
    if not stopping.is_set() and _remembered(house.data_dir).get("past") != "lived":
        raise StartError(f"The past could not be made: {past.last_words()}")


def _environment(
    house: House, url: str, stripe: dict[str, Any], mail: dict[str, Any], node: dict[str, Any]
) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "DATA_DIR": str(house.data_dir),
        "APP_PORT": str(house.ports["web"]),
        "APP_URL": house.web,
        "STRIPE_SECRET_KEY": house.keys["stripe_secret_key"],
        "STRIPE_WEBHOOK_SECRET": house.keys["stripe_webhook_secret"],
        "STRIPE_API_URL": stripe["url"],
        "JWT_SECRET_KEY": house.keys["jwt_secret_key"],
        "SECRETS_KEY": house.keys["secrets_key"],
        "STAFF_SECOND_FACTOR": "False",
        "ADMIN_USERNAME": "admin",
        "ADMIN_PASSWORD": house.keys["admin_password"],
        "SMTP_URL": mail["smtp_url"],
        "BASE_DOMAIN": "localhost",
        "TENANT_SCHEME": "http",
        "TENANT_PORT": str(node["http_port"]),
        "NODE_HOST": node["ssh_host"],
        "NODE_PORT": str(node["ssh_port"]),
        "NODE_USER": node["user"],
        "NODE_KEY_FILE": str(node["key_file"]),
        "NODE_KNOWN_HOST": node["known_host"],
        "NODE_CONTAINER": str(node["container"]),
        "NODE_HTTP_URL": node["http_url"],
        "MAIL_INBOX": mail["url"],
        "BACKUP_URL": f"file://{(house.data_dir / 'backups').resolve()}",
        "BACKUP_KEY": house.keys["backup_key"],
    }


def _wait_ready(house: House, stopping: Stop, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    publisher = None
    if not _remembered(house.data_dir).get("published"):
        publisher = house.start("plans", "main.py", "plans", "publish", env=house.environment)
    while time.monotonic() < deadline and not stopping.is_set():
        for child in house.children:
            if child.ended() and child.process.returncode != 0:
                raise StartError(f"{child.name} ended: {child.last_words()}")
        with contextlib.suppress(httpx.HTTPError):
            ready = httpx.get(f"{house.web}/readyz", timeout=2).status_code == httpx.codes.OK
            if ready and (publisher is None or publisher.ended()):
                house.children[:] = [child for child in house.children if child is not publisher]
                _remember(house.data_dir, published=True)
                return
        stopping.wait(0.05)
    if not stopping.is_set():
        raise StartError(f"The web application was not ready in {seconds:.0f} s. Its log: {house.data_dir / 'logs'}")


def _watch(house: House, stopping: Stop, console: Console) -> int:
    while not stopping.wait(0.3):
        for child in house.children:
            if child.ended():
                console.print(f"{child.name} ended by itself: {child.last_words()}", style="red", markup=False)
                return 1
    console.print("Stopping…")
    return 0


def _tour(house: House, console: Console, seconds: float) -> None:
    web = house.web
    lines = [
        ("1. buy", f"{web}/signup", "card 4242 4242 4242 4242, any date ahead"),
        ("2. watch", f"{web}/admin", f"admin / {house.keys['admin_password']}"),
        ("3. pay", f"{web}/tenant/portal", _customer(house)),
        ("", "", ""),
        ("shop", f"{web}/", ""),
        ("letters", f"http://127.0.0.1:{house.ports['mail']}/", "what was mailed"),
        ("stripe", f"{house.environment['STRIPE_API_URL']}/_sandbox", "the stand-in"),
        ("api", f"{web}/docs", ""),
        ("data", str(house.data_dir), ""),
    ]
    console.print(f"\nAlta is ready ({seconds:.1f} s)\n", style="bold")
    for name, where, note in lines:
        console.print(f"{name:<9} {where}  {note}".rstrip(), highlight=False, markup=False, soft_wrap=True)
    console.print("\nCtrl-C ends everything", style="dim")


def _customer(house: House) -> str:
    if _remembered(house.data_dir).get("past") == "lived":
        return f"a customer of a year: {demo_lives.OWNER.email} / {house.keys['owner_password']}"
    return "password: by the link in the letter"


def _fresh(data_dir: Path, console: Console) -> bool:
    """Removes an earlier demo's directory; refuses a directory that a demo did not make."""
    if not data_dir.exists():
        return True
    if any(data_dir.iterdir()) and not (data_dir / "demo.json").exists():
        console.print(f"{data_dir} was not made by a demo; it is left alone. Choose another --data-dir.")
        return False
    try:
        with _only_one(data_dir):
            shutil.rmtree(data_dir)
    except BlockingIOError:
        console.print(f"A demo runs on {data_dir}. Stop it before throwing its data away.")
        return False
    return True


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Holds the directory's lock; raises BlockingIOError when another demo has it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _remembered(data_dir: Path) -> dict[str, Any]:
    file = data_dir / "demo.json"
    stored: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return stored


def _remember(data_dir: Path, **more: Any) -> None:
    everything = {**_remembered(data_dir), **more}
    file = data_dir / "demo.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(everything, indent=1))


def _ports(data_dir: Path, web: int) -> dict[str, int]:
    """One port a part: the same as last time where they are free, so that old links still lead somewhere."""
    before = _remembered(data_dir).get("ports", {})
    wanted = {part: before.get(part, 0) for part in PARTS} | {"web": web}
    held = {}
    with contextlib.ExitStack() as stack:
        for part, port in wanted.items():
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                if part == "web":
                    raise StartError(f"Port {port} is taken. Choose another: --port 0 takes a free one.") from error
                listener.bind(("127.0.0.1", 0))
            held[part] = listener.getsockname()[1]
    _remember(data_dir, ports=held)
    return held


def _keys(data_dir: Path) -> dict[str, str]:
    """The demo's secrets: made once, kept beside the data."""
    from domain import backup_keys

    stored: dict[str, str] = _remembered(data_dir).get("keys", {})
    if "secrets_key" not in stored:
        stored = {
            "backup_key": backup_keys.new(),
            "stripe_secret_key": f"sk_test_{secrets.token_hex(16)}",
            "stripe_webhook_secret": f"whsec_{secrets.token_hex(20)}",
            "jwt_secret_key": secrets.token_urlsafe(48),
            "secrets_key": secrets.token_urlsafe(48),
            "admin_password": secrets.token_urlsafe(9),
            "owner_password": secrets.token_urlsafe(9),
            **stored,
        }
        _remember(data_dir, keys=stored)
    return stored
