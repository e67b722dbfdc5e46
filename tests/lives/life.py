"""A random life of one customer, with random deliveries and deaths. What happens is written to be read as a story."""

import contextlib
from collections.abc import Callable
from typing import ClassVar

import stripe
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from domain import billing, dunning, payment_cards, plan_changes, reconciling
from domain.errors import AltaError
from tests.lives import killing, truth
from tests.lives.world import AMOUNTS, EXTRAS, World

GOOD, FAILS_LATER = "4242424242424242", "4000000000000341"
CARDS = ("pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_card_createDispute")
DEATHS = st.one_of(
    st.none(),
    st.integers(1, 25).map(lambda n: {"statements": n}),
    st.integers(1, 4).map(lambda n: {"answers": n}),
)
PLANS = st.sampled_from(sorted(AMOUNTS))
DAYS = st.sampled_from([0.0, 0.0, 0.0, 0.05, 1, 3, 8, 15, 31, 33, 366])
FIRST_CARDS = st.sampled_from([GOOD] * 7 + [FAILS_LATER] * 3 + [None])
SEVERAL = st.lists(st.integers(0, 30), min_size=1, max_size=8)


class Life(RuleBasedStateMachine):
    """Every act may be refused with a sentence of ours, or be cut off by a death; neither may leave anything wrong."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.begin()

    def act(self, what: Callable[[], object], death: dict[str, int] | None = None) -> None:
        """Does something as the product would; a death in it is the end of that process, not of the life."""
        with contextlib.suppress(AltaError):
            killing.killed(what, **(death or {}))
        self.world.collect()

    # Few rules with many choices: Hypothesis leaves whole rules out of a life, and a life without time is none.

    @initialize(
        plan=PLANS,
        card=st.sampled_from([GOOD] * 7 + [FAILS_LATER] * 3 + [None]),
        told=st.sampled_from([True, True, False]),
    )
    def signs_up(self, plan: tuple[str, str], card: str | None, told: bool) -> None:
        self.world.sign_up(*plan)
        if card:
            self.world.pay_page(card)
        if told:
            self.world.deliver(list(self.world.bag))

    @rule(days=DAYS)
    def time_passes(self, days: float) -> None:
        self.world.pass_time(days)

    @rule(how=st.sampled_from(["in turn", "in turn", "at once", "lost"]), which=SEVERAL, death=DEATHS, days=DAYS)
    def stripe_delivers(self, how: str, which: list[int], death: dict[str, int] | None, days: float) -> None:
        """Any of what waits to be delivered, in any order, some of it twice; or it is lost on the way."""
        some = [self.world.bag[number % len(self.world.bag)] for number in which] if self.world.bag else []
        if how == "in turn":
            self.act(lambda: self.world.deliver(some), death)
        elif how == "at once":
            self.act(lambda: self.world.deliver_at_once(list({event["id"]: event for event in some}.values())))
        else:
            self.world.lose(some)
        self.world.pass_time(days)

    @rule(what=st.sampled_from(["climbs", "climbs", "reconciles", "walks", "sweeps"]), death=DEATHS, days=DAYS)
    def the_worker(self, what: str, death: dict[str, int] | None, days: float) -> None:
        acts: dict[str, Callable[[], object]] = {
            "climbs": dunning.climb,
            "reconciles": lambda: reconciling.take_missed(truth.since(self.world), undelivered=True),
            "walks": lambda: reconciling.walk(reconciling.begin(by="admin")),
            "sweeps": billing.sweep,
        }
        self.act(acts[what], death)
        self.world.pass_time(days)

    @precondition(lambda self: bool(self.world.subscriptions()))
    @rule(card=st.sampled_from(CARDS), days=DAYS)
    def chooses_a_card_at_stripe(self, card: str, days: float) -> None:
        with contextlib.suppress(stripe.StripeError):
            self.world.use_card(card)
        self.world.pass_time(days)

    @rule(what=st.sampled_from(["leaves", "stays", "keeps the plan", "pays", "asks again"]), death=DEATHS)
    def the_customer(self, what: str, death: dict[str, int] | None) -> None:
        assert self.world.placed
        customer, session = self.world.placed.customer_id, self.world.placed.checkout_session_id
        acts: dict[str, Callable[[], object]] = {
            "leaves": lambda: billing.cancel(customer, "marta", "unused"),
            "stays": lambda: billing.resume(customer, "marta"),
            "keeps the plan": lambda: plan_changes.undo(customer, "marta"),
            "pays": lambda: self._pay_all(customer),
            "asks again": lambda: billing.look_again(session),
        }
        if what == "pays" and not self.world.subscriptions():
            self.world.pay_page(GOOD)
        else:
            self.act(acts[what], death)

    @staticmethod
    def _pay_all(customer: int) -> None:
        for invoice in billing.invoices(customer):
            payment_cards.pay(customer, invoice.id, "marta")

    @rule(card=st.sampled_from([GOOD, GOOD, FAILS_LATER]), death=DEATHS)
    def gives_a_new_card(self, card: str, death: dict[str, int] | None) -> None:
        """On Stripe's page, from our portal, and comes back."""
        customer = self.world.customer().id or 0

        def give() -> None:
            session = self.world.save_card(payment_cards.page_url(customer), card)
            payment_cards.returned(customer, session)

        self.act(give, death)

    @rule(plan=PLANS, death=DEATHS, days=DAYS)
    def changes_plan(self, plan: tuple[str, str], death: dict[str, int] | None, days: float) -> None:
        """For exactly what was quoted, or not at all."""
        self._change(self.world.customer().id or 0, self.world.price(*plan).id or 0, {}, death)
        self.world.pass_time(days)

    def _change(self, customer: int, price: int, extras: dict[str, int], death: dict[str, int] | None) -> None:
        before = {str(one.id) for one in self.world.invoices()}

        def change() -> None:
            quote = plan_changes.quote(customer, price, extras=extras)
            plan_changes.confirm(customer, quote.token, "marta")
            made = [one for one in self.world.invoices() if str(one.id) not in before]
            assert sum(one.amount_due for one in made) == quote.today_cents, "charged otherwise than quoted"

        self.act(change, death)

    @rule(extra=st.sampled_from(EXTRAS), pieces=st.integers(0, 3), death=DEATHS, days=DAYS)
    def counts_extras(self, extra: str, pieces: int, death: dict[str, int] | None, days: float) -> None:
        """More or fewer pieces, for exactly what was quoted, or not at all."""
        customer = self.world.customer().id or 0
        self._change(customer, self.world.subscription().price_id, {extra: pieces}, death)
        self.world.pass_time(days)

    @precondition(lambda self: self.world.subscription().past_due_since is not None)
    @rule(more=st.integers(1, 20), pause=st.booleans(), days=DAYS)
    def staff_are_kind(self, more: int, pause: bool, days: float) -> None:
        name = self.world.subscription().id or 0
        self.act(lambda: dunning.give_time(name, more, by="admin"))
        self.act(lambda: dunning.pause(name, pause, by="admin"))
        self.world.pass_time(days)

    @rule(how=st.sampled_from(["refund", "dispute", "void", "end", "unpaid"]))
    def staff_act_at_stripe(self, how: str) -> None:
        """In its dashboard, of which we hear by events only."""
        with contextlib.suppress(stripe.StripeError):
            self.world.by_hand(how)
        self.world.collect()

    def teardown(self) -> None:
        try:
            truth.settle(self.world)
            truth.check(self.world)
        finally:
            self.world.end()
