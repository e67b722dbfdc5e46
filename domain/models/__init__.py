"""Every table. Import nouns from here, so that the metadata is always whole."""

from domain.models.access import SupportConsent, SupportVisit, TenantUsage
from domain.models.account import Account, LoginSession, Membership, OneTimeToken, Throttle
from domain.models.audit import AuditEntry, AuditSeal
from domain.models.backup import Backup
from domain.models.blueprint import Blueprint
from domain.models.customer import Customer, SignupDraft
from domain.models.drift import Drift, DriftRound, DriftSource, NodeDatabase, StripeSaid
from domain.models.dunning import DunningDone
from domain.models.factors import (
    Authenticator,
    Challenge,
    EmailChange,
    KnownDevice,
    OidcIdentity,
    Passkey,
    RecoveryCode,
    RefreshToken,
)
from domain.models.integration import ApiKey, HookDelivery, HookEndpoint
from domain.models.job import Job, JobStep, LogLine
from domain.models.letter import Letter
from domain.models.movement import MrrMovement
from domain.models.node import Node
from domain.models.plan import Plan, Price
from domain.models.stripe_event import StripeEvent, StripeWalk, WebhookCounter
from domain.models.subscription import Subscription
from domain.models.tenant import OwnDomain, Tenant

__all__ = [
    "Account",
    "ApiKey",
    "AuditEntry",
    "AuditSeal",
    "Authenticator",
    "Backup",
    "Blueprint",
    "Challenge",
    "Customer",
    "Drift",
    "DriftRound",
    "DriftSource",
    "DunningDone",
    "EmailChange",
    "HookDelivery",
    "HookEndpoint",
    "Job",
    "JobStep",
    "KnownDevice",
    "Letter",
    "LogLine",
    "LoginSession",
    "Membership",
    "MrrMovement",
    "Node",
    "NodeDatabase",
    "OidcIdentity",
    "OneTimeToken",
    "OwnDomain",
    "Passkey",
    "Plan",
    "Price",
    "RecoveryCode",
    "RefreshToken",
    "SignupDraft",
    "StripeEvent",
    "StripeSaid",
    "StripeWalk",
    "Subscription",
    "SupportConsent",
    "SupportVisit",
    "Tenant",
    "TenantUsage",
    "Throttle",
    "WebhookCounter",
]
