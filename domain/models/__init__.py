"""Every table. Import nouns from here, so that the metadata is always whole."""

from domain.models.access import SupportConsent, TenantUsage
from domain.models.account import Account, LoginSession, Membership, OneTimeToken, Throttle
from domain.models.audit import AuditEntry, AuditSeal
from domain.models.backup import Backup
from domain.models.blueprint import Blueprint
from domain.models.customer import Customer, SignupDraft
from domain.models.drift import Drift, DriftRound, DriftSource, NodeDatabase, StripeSaid
from domain.models.dunning import DunningDone
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
    "AuditEntry",
    "AuditSeal",
    "Backup",
    "Blueprint",
    "Customer",
    "Drift",
    "DriftRound",
    "DriftSource",
    "DunningDone",
    "Job",
    "JobStep",
    "Letter",
    "LogLine",
    "LoginSession",
    "Membership",
    "MrrMovement",
    "Node",
    "NodeDatabase",
    "OneTimeToken",
    "OwnDomain",
    "Plan",
    "Price",
    "SignupDraft",
    "StripeEvent",
    "StripeSaid",
    "StripeWalk",
    "Subscription",
    "SupportConsent",
    "Tenant",
    "TenantUsage",
    "Throttle",
    "WebhookCounter",
]
