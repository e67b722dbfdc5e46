"""What the stand-in takes, held against what the SDK sends: no parameter of ours that Stripe would not know."""

import sys
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
import stripe._request_options as request_options
from pydantic import BaseModel, ConfigDict, TypeAdapter
from stripe import params
from stripe._stripe_context import StripeContext
from stripe.params import billing_portal as portal_params
from stripe.params import checkout as checkout_params
from stripe.params import test_helpers as helper_params

from domain.sandbox.api import (
    catalogue,
    checkout,
    clocks,
    customers,
    discounts,
    events,
    invoices,
    payments,
    portal,
    refunds,
    schedules,
    subscriptions,
)  # fmt: skip

PAIRS: list[tuple[type[BaseModel], Any]] = [
    (customers.CustomerCreate, params.CustomerCreateParams),
    (customers.CustomerUpdate, params.CustomerUpdateParams),
    (customers.CustomerList, params.CustomerListParams),
    (customers.TaxIdData, params.CustomerCreateTaxIdParams),
    (customers.CardList, params.CustomerListPaymentMethodsParams),
    (catalogue.ProductCreate, params.ProductCreateParams),
    (catalogue.ProductUpdate, params.ProductUpdateParams),
    (catalogue.ProductList, params.ProductListParams),
    (catalogue.PriceCreate, params.PriceCreateParams),
    (catalogue.PriceUpdate, params.PriceUpdateParams),
    (catalogue.PriceList, params.PriceListParams),
    (checkout.SessionCreate, checkout_params.SessionCreateParams),
    (checkout.SessionList, checkout_params.SessionListParams),
    (discounts.CouponCreate, params.CouponCreateParams),
    (discounts.CouponUpdate, params.CouponUpdateParams),
    (discounts.CouponList, params.CouponListParams),
    (discounts.PromotionCodeCreate, params.PromotionCodeCreateParams),
    (discounts.PromotionCodeUpdate, params.PromotionCodeUpdateParams),
    (discounts.PromotionCodeList, params.PromotionCodeListParams),
    (discounts.TaxRateCreate, params.TaxRateCreateParams),
    (discounts.TaxRateUpdate, params.TaxRateUpdateParams),
    (discounts.TaxRateList, params.TaxRateListParams),
    (subscriptions.SubscriptionCreate, params.SubscriptionCreateParams),
    (subscriptions.SubscriptionResume, params.SubscriptionResumeParams),
    (schedules.ScheduleCreate, params.SubscriptionScheduleCreateParams),
    (schedules.ScheduleUpdate, params.SubscriptionScheduleUpdateParams),
    (schedules.ScheduleRelease, params.SubscriptionScheduleReleaseParams),
    (schedules.ScheduleList, params.SubscriptionScheduleListParams),
    (refunds.RefundCreate, params.RefundCreateParams),
    (refunds.RefundList, params.RefundListParams),
    (refunds.DisputeUpdate, params.DisputeUpdateParams),
    (refunds.DisputeClose, params.DisputeCloseParams),
    (refunds.DisputeList, params.DisputeListParams),
    (payments.MethodAttach, params.PaymentMethodAttachParams),
    (payments.MethodDetach, params.PaymentMethodDetachParams),
    (payments.SetupList, params.SetupIntentListParams),
    (invoices.InvoiceCreate, params.InvoiceCreateParams),
    (invoices.InvoiceUpdate, params.InvoiceUpdateParams),
    (invoices.ItemCreate, params.InvoiceItemCreateParams),
    (invoices.ItemList, params.InvoiceItemListParams),
    (clocks.ClockCreate, helper_params.TestClockCreateParams),
    (clocks.ClockAdvance, helper_params.TestClockAdvanceParams),
    (subscriptions.SubscriptionUpdate, params.SubscriptionUpdateParams),
    (subscriptions.SubscriptionCancel, params.SubscriptionCancelParams),
    (subscriptions.SubscriptionList, params.SubscriptionListParams),
    (invoices.InvoiceList, params.InvoiceListParams),
    (invoices.InvoicePay, params.InvoicePayParams),
    (invoices.Preview, params.InvoiceCreatePreviewParams),
    (invoices.PaymentList, params.InvoicePaymentListParams),
    (payments.MethodList, params.PaymentMethodListParams),
    (payments.PaymentList, params.PaymentIntentListParams),
    (payments.PaymentList, params.ChargeListParams),
    (portal.SessionCreate, portal_params.SessionCreateParams),
    (portal.ConfigurationList, portal_params.ConfigurationListParams),
    (events.EventList, params.EventListParams),
]


def adapter(params_class: Any) -> TypeAdapter[Any]:
    """The SDK's TypedDict as a validator that refuses what it does not know."""
    names = {"StripeContext": StripeContext, **vars(request_options), **vars(sys.modules[params_class.__module__])}
    for found in names.values():
        if isinstance(found, type) and hasattr(found, "__required_keys__"):
            found.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)  # type: ignore[attr-defined]
    made: TypeAdapter[Any] = TypeAdapter(params_class)
    made.rebuild(_types_namespace=names)
    return made


def everything(model: type[BaseModel]) -> dict[str, Any]:
    """A value for every field that the model has."""
    return {name: _value(field.annotation) for name, field in model.model_fields.items()}


def _value(annotation: Any) -> Any:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return _value(next(arg for arg in args if arg is not type(None)))
    if origin is Literal:
        return next(word for word in args if word != "")
    if origin is list:
        return [_value(args[0])]
    if origin is dict:
        return {"key": "value"}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return everything(annotation)
    return {str: "es_cif", int: 1, bool: False, float: 1.0}[annotation]


@pytest.mark.parametrize(("model", "sdk"), PAIRS, ids=[f"{m.__name__}-{s.__name__}" for m, s in PAIRS])
def test_all_that_the_stand_in_takes_is_known_to_the_sdk(model: type[BaseModel], sdk: Any) -> None:
    sample = everything(model)
    model.model_validate(sample)
    adapter(sdk).validate_python(sample)


def test_the_oracle_refuses_a_parameter_that_stripe_does_not_have() -> None:
    with pytest.raises(ValueError, match="payment_method_types"):
        adapter(checkout_params.SessionCreateParams).validate_python({"payment_method_types": ["card"]})
