"""Configuration from the environment or `.env`. Every field is documented in `.env.example`; a test compares both."""

import ipaddress
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, HttpUrl, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

WELL_KNOWN = {"admin", "admin123", "changeme", "changethis", "secret", "password", "alta", "test", "123456", "12345678"}
RESERVED = (".localhost", ".test", ".example", ".invalid")  # RFC 6761: names that are nobody's
PUBLISHED = {"sk_test_4eC39HqLyjWDarjtT1zdp7dc", "sk_test_BQokikJOvBiI2HlWgH4olfQ2"}  # pragma: allowlist secret
DUNNING_STEPS = 5
SECRET_MINIMUM = {
    "jwt_secret_key": 32,
    "secrets_key": 32,
    "admin_password": 10,
    "stripe_secret_key": 12,
    "stripe_webhook_secret": 12,
}


class OidcProvider(BaseModel):
    """One that people may log in with; everything else is read from `{issuer}/.well-known/openid-configuration`."""

    name: str = Field(min_length=1, max_length=40)
    issuer: HttpUrl
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = SecretStr("")

    @property
    def slug(self) -> str:
        """As in addresses: `Mi empresa` is `mi-empresa`."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "oidc"


class Settings(BaseSettings):
    """Names are the environment variables' in lower case. Durations in seconds, amounts in cents."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    # What the original system has
    stripe_secret_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")  # several, separated by commas, while one is being rolled
    database_url: str = ""
    app_port: int = 4443
    app_url: str = "http://localhost:4443"
    jwt_secret_key: SecretStr = SecretStr("")
    admin_username: str = "admin"
    admin_password: SecretStr = SecretStr("")

    # Accounts
    secrets_key: SecretStr = SecretStr("")  # several, separated by commas: the first seals, all of them open
    secrets_key_file: Path | None = None  # instead of it: a file with the same, one a line
    staff_second_factor: bool = True
    oidc_providers: list[OidcProvider] = []

    # The edge
    trusted_proxies: str = ""
    hook_networks: str = ""
    api_docs: Literal["open", "staff", "off"] = "open"

    # The product
    data_dir: Path = Path(".alta")
    app_host: str = "127.0.0.1"
    base_domain: str = "localhost"
    tenant_scheme: Literal["http", "https"] = "https"
    tenant_port: int | None = None
    dns_server: str = ""
    operator_name: str = "Alta"
    operator_email: str = "hola@localhost"
    operator_country: str = ""
    stripe_api_url: str = ""
    smtp_url: str = ""
    mail_from: str = "Alta <hola@localhost>"
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: str = "INFO"

    # Nodes join by `node add`; their keys are made here ({data_dir}/node_keys where it is empty)
    node_keys: Path | None = None

    # The node: one container on one Proxmox host
    node_name: str = "nodo-a"
    node_host: str = ""
    node_port: int = 22
    node_user: str = "root"
    node_key_file: Path = Path("node_key")
    node_known_host: str = ""
    node_container: int = 105
    node_http_url: str = ""
    node_capacity: int = 80

    # Backups
    backup_url: str = ""
    backup_key: SecretStr = SecretStr("")  # several, separated by commas: the first seals, all of them open
    backup_endpoint: str = ""
    backup_region: str = "us-east-1"
    backup_access_key: str = ""
    backup_secret_key: SecretStr = SecretStr("")
    backup_hour: int = 6

    # Who owes: days after the first failed charge for notice, reminder, suspension, last notice, end
    dunning_days: str = "0,3,7,25,30"

    # What Stripe's page asks and adds
    promotion_codes: bool = True
    stripe_tax: bool = False
    tax_rates: str = ""  # by country: DO=txr_1,ES=txr_2+txr_3

    # What one unit of a currency is worth in dollars, for reports: EUR=1.08,DOP=0.0166
    exchange_rates: str = ""

    # Limits
    job_time_limit: float = 300
    step_time_limit: float = 120
    job_concurrency: int = 8
    node_sessions: int = 10
    stalled_after: float = 15

    @property
    def webhook_secrets(self) -> list[str]:
        """Every active signing secret, in the order given."""
        return _parts(self.stripe_webhook_secret)

    @property
    def hook_nets(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """Networks of the operator's own that webhooks may go into."""
        return [ipaddress.ip_network(part.strip()) for part in self.hook_networks.split(",") if part.strip()]

    @property
    def jwt_keys(self) -> list[str]:
        """Every key of JWT_SECRET_KEY; the first one signs, all of them are believed."""
        return _parts(self.jwt_secret_key)

    @cached_property  # it may be a file, and every line of the log asks
    def secrets_keys(self) -> list[str]:
        """Every key that opens what the database keeps sealed; the first one seals."""
        if self.secrets_key_file is None:
            return _parts(self.secrets_key)
        return [line.strip() for line in self.secrets_key_file.read_text(encoding="utf-8").splitlines() if line.strip()]

    @property
    def backup_keys(self) -> list[str]:
        """Every key that opens backups; the first one seals new ones. Empty: no backups are made."""
        return _parts(self.backup_key)

    @field_validator("dunning_days")
    @classmethod
    def _five_rising_days(cls, value: str) -> str:
        parts = [part.strip() for part in value.split(",")]
        if len(parts) != DUNNING_STEPS or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(f"DUNNING_DAYS needs {DUNNING_STEPS} whole numbers, separated by commas")
        if sorted({int(part) for part in parts}) != [int(part) for part in parts]:
            raise ValueError("DUNNING_DAYS must rise from one to the next")
        return value

    @field_validator("hook_networks", "trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            if part != "*":
                ipaddress.ip_network(part)
        if "*" in value:
            raise ValueError("name the addresses: * would believe everybody")
        return value

    @field_validator("exchange_rates")
    @classmethod
    def _rates_of_exchange(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            if not re.fullmatch(r"[A-Z]{3}=\d{1,6}(\.\d{1,10})?", part):
                raise ValueError("EXCHANGE_RATES looks like EUR=1.08,DOP=0.0166")
        return value

    @field_validator("tax_rates")
    @classmethod
    def _rates_by_country(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            if not re.fullmatch(r"[A-Z]{2}=txr_\w+(\+txr_\w+)*", part, re.ASCII):
                raise ValueError("TAX_RATES looks like DO=txr_1,ES=txr_2+txr_3")
        return value

    def tax_rates_of(self, country: str) -> list[str]:
        """Stripe's tax rates for a customer's country; none where Stripe Tax reckons."""
        found = dict(part.strip().split("=", 1) for part in self.tax_rates.split(",") if "=" in part)
        return [] if self.stripe_tax or country not in found else found[country].split("+")

    @property
    def dunning_ladder(self) -> list[int]:
        """Days after the first failed charge for each step of the ladder (`domain.dunning.LADDER`)."""
        return [int(part) for part in self.dunning_days.split(",")]

    @property
    def live_mode(self) -> bool:
        """True where Stripe's key is one that moves money."""
        return self.stripe_secret_key.get_secret_value().startswith(("sk_live_", "rk_live_"))

    @property
    def secure_cookies(self) -> bool:
        """True where visitors come over HTTPS."""
        return urlsplit(self.app_url).scheme == "https"

    def tenant_url(self, subdomain: str) -> str:
        """The address of a tenant's Odoo, without a trailing slash."""
        port = f":{self.tenant_port}" if self.tenant_port else ""
        return f"{self.tenant_scheme}://{subdomain}.{self.base_domain}{port}"

    @property
    def public(self) -> bool:
        """True where others than this machine come: APP_URL is elsewhere, or money moves."""
        host = urlsplit(self.app_url).hostname or ""
        return self.live_mode or not (host in ("localhost", "127.0.0.1", "::1") or host.endswith(RESERVED))

    def weaknesses(self) -> list[str]:
        """Sentences on what is not fit to start with, each naming its variable. Empty: fit."""
        given = {
            "JWT_SECRET_KEY": self.jwt_keys,
            "SECRETS_KEY": self.secrets_keys,
            "ADMIN_PASSWORD": [self.admin_password.get_secret_value()],
            "STRIPE_SECRET_KEY": [self.stripe_secret_key.get_secret_value()],
            "STRIPE_WEBHOOK_SECRET": self.webhook_secrets,
        }
        found = []
        for variable, values in given.items():
            found += [_weakness(variable, value) for value in values or [""]]
        return [sentence for sentence in found if sentence] + (self._unfit_in_public() if self.public else [])

    def _unfit_in_public(self) -> list[str]:
        """What may be on one's own machine, and not where customers come."""
        faults = {
            "APP_URL has to begin with https:// where others come": not self.secure_cookies,
            "TRUSTED_PROXIES is missing: Alta speaks HTTP to the proxy that ends TLS; name its address": (
                not self.trusted_proxies
            ),
            "STAFF_SECOND_FACTOR is off: staff reach the hosts and the customers' data": not self.staff_second_factor,
            "STRIPE_API_URL names a stand-in; leave it empty for Stripe itself": bool(self.stripe_api_url),
            "DATABASE_URL goes to another machine without sslmode=require (or verify-full)": (
                _open_database(self.database_url)
            ),
            "STRIPE_SECRET_KEY is a key of Stripe's documentation": (
                self.stripe_secret_key.get_secret_value() in PUBLISHED
            ),
        }
        return [sentence for sentence, at_fault in faults.items() if at_fault]


def _open_database(url: str) -> bool:
    """Whether what we say to the database can be read on the way."""
    parts = urlsplit(url)
    ours = (parts.hostname or "") in ("", "localhost", "127.0.0.1", "::1")
    return not ours and not re.search(r"sslmode=(require|verify-ca|verify-full)", parts.query)


def _weakness(variable: str, value: str) -> str:
    minimum = SECRET_MINIMUM[variable.lower()]
    if not value:
        return f"{variable} is missing"
    if value.lower() in WELL_KNOWN or any(word in value.lower() for word in ("changeme", "changethis")):
        return f"{variable} is a well-known word; choose a secret one"
    if len(value) < minimum:
        return f"{variable} is too short: {len(value)} characters, at least {minimum} are needed"
    return ""


def _parts(several: SecretStr) -> list[str]:
    return [part.strip() for part in several.get_secret_value().split(",") if part.strip()]


@lru_cache
def settings() -> Settings:
    """The process's configuration, read once. Tests call `settings.cache_clear()` after changing the environment."""
    return Settings()
