"""/v1/products and /v1/prices."""

from typing import Any, Literal

from pydantic import Field

from domain.sandbox import ids
from domain.sandbox.api.call import Call, Route
from domain.sandbox.api.customers import within
from domain.sandbox.cursors import page
from domain.sandbox.errors import Refused
from domain.sandbox.objects import catalogue
from domain.sandbox.params import Page, Params, Range, merge_metadata
from domain.sandbox.store import Document


class Feature(Params):
    """A selling point of a product."""

    name: str


class ProductFields(Params):
    """What may be set at creation and later."""

    active: bool = True
    description: str | None = None
    images: list[str] = Field(default_factory=list)
    marketing_features: list[Feature] = Field(default_factory=list)
    metadata: dict[str, str] | str = Field(default_factory=dict)
    statement_descriptor: str | None = None
    unit_label: str | None = None
    url: str | None = None


class ProductCreate(ProductFields):
    """POST /v1/products. `id` may be chosen by the caller."""

    id: str | None = None
    name: str


class ProductUpdate(ProductFields):
    """POST /v1/products/{id}."""

    name: str | None = None
    default_price: str | None = None


class ProductList(Page):
    """GET /v1/products."""

    active: bool | None = None
    created: Range | int | None = None
    ids: list[str] | None = None


class Recurring(Params):
    """How often it is charged."""

    interval: Literal["day", "week", "month", "year"]
    interval_count: int = 1
    usage_type: Literal["licensed"] = "licensed"


class ProductData(Params):
    """A product to be made with its price."""

    name: str
    metadata: dict[str, str] = Field(default_factory=dict)


class PriceCreate(Params):
    """POST /v1/prices. Amounts in the currency's smallest unit."""

    active: bool = True
    currency: str
    lookup_key: str | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)
    nickname: str | None = None
    product: str | None = None
    product_data: ProductData | None = None
    recurring: Recurring | None = None
    tax_behavior: Literal["exclusive", "inclusive", "unspecified"] = "unspecified"
    transfer_lookup_key: bool = False
    unit_amount: int


class PriceUpdate(Params):
    """POST /v1/prices/{id}. Amounts and intervals never change."""

    active: bool = True
    lookup_key: str | None = None
    metadata: dict[str, str] | str = Field(default_factory=dict)
    nickname: str | None = None
    tax_behavior: Literal["exclusive", "inclusive", "unspecified"] = "unspecified"
    transfer_lookup_key: bool = False


class PriceList(Page):
    """GET /v1/prices."""

    active: bool | None = None
    created: Range | int | None = None
    currency: str | None = None
    lookup_keys: list[str] | None = None
    product: str | None = None
    type: Literal["one_time", "recurring"] | None = None


def _changes(given: dict[str, Any], document: Document) -> dict[str, Any]:
    changes = {name: None if value == "" else value for name, value in given.items()}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(document["metadata"], given["metadata"])
    return changes


def create_product(call: Call) -> Document:
    """A new product."""
    given, ledger = call.take(ProductCreate), call.ledger
    given["metadata"] = merge_metadata({}, given.get("metadata") or {})
    identifier = given.get("id") or ids.new("prod", 14)
    if ledger.store.get("product", identifier):
        raise Refused(f"Product already exists: {identifier}", code="resource_already_exists", param="id")
    product = ledger.save("product", catalogue.product(identifier, ledger.now(), given))
    ledger.emit("product.created", product)
    return product


def update_product(call: Call) -> Document:
    """Changed fields of a product."""
    product = call.ledger.find("product", call.path["id"])
    changes = _changes(call.take(ProductUpdate), product)
    if changes.get("default_price"):
        call.ledger.find("price", changes["default_price"], "default_price")
    return call.ledger.change("product", product, "product.updated", **changes, updated=call.ledger.now())


def retrieve_product(call: Call) -> Document:
    """One product."""
    return call.ledger.find("product", call.path["id"])


def products(call: Call) -> Document:
    """Products, newest first."""
    query = call.read(ProductList)

    def keep(product: Document) -> bool:
        return (
            query.active in {None, product["active"]}
            and (query.ids is None or product["id"] in query.ids)
            and within(query.created, product)
        )

    return page(call.ledger.store.newest_first("product"), query, call.url, keep=keep)


def create_price(call: Call) -> Document:
    """A new price of a product that is there or is made with it."""
    given, ledger = call.take(PriceCreate), call.ledger
    if ("product" in given) == ("product_data" in given):
        raise Refused("You must specify either `product` or `product_data`.", code="parameter_missing", param="product")
    given["metadata"] = merge_metadata({}, given.get("metadata") or {})
    if "product_data" in given:
        made = catalogue.product(ids.new("prod", 14), ledger.now(), given["product_data"])
        ledger.emit("product.created", ledger.save("product", made))
        given["product"] = made["id"]
    ledger.find("product", given["product"], "product")
    _free_lookup_key(call, given)
    price = catalogue.price(ids.new("price"), ledger.now(), given["product"], given)
    ledger.emit("price.created", ledger.save("price", price))
    return price


def _free_lookup_key(call: Call, given: dict[str, Any], owner: str | None = None) -> None:
    """A lookup key has one price; `transfer_lookup_key` takes it from the other."""
    key = given.get("lookup_key")
    for other in call.ledger.store.newest_first("price") if key else []:
        if other["lookup_key"] == key and other["id"] != owner:
            if not given.get("transfer_lookup_key"):
                raise Refused(
                    f"A price (`{other['id']}`) already uses that lookup key.",
                    code="resource_already_exists",
                    param="lookup_key",
                )
            call.ledger.change("price", other, "price.updated", lookup_key=None)


def update_price(call: Call) -> Document:
    """Changed fields of a price."""
    price, given = call.ledger.find("price", call.path["id"]), call.take(PriceUpdate)
    _free_lookup_key(call, given, price["id"])
    given.pop("transfer_lookup_key", None)
    return call.ledger.change("price", price, "price.updated", **_changes(given, price))


def retrieve_price(call: Call) -> Document:
    """One price."""
    return call.ledger.find("price", call.path["id"])


def prices(call: Call) -> Document:
    """Prices, newest first."""
    query = call.read(PriceList)

    def keep(price: Document) -> bool:
        return (
            query.active in {None, price["active"]}
            and query.currency in {None, price["currency"]}
            and query.product in {None, price["product"]}
            and query.type in {None, price["type"]}
            and (query.lookup_keys is None or price["lookup_key"] in query.lookup_keys)
            and within(query.created, price)
        )

    return page(call.ledger.store.newest_first("price"), query, call.url, keep=keep)


ROUTES: list[Route] = [
    ("POST", "/v1/products", create_product),
    ("GET", "/v1/products", products),
    ("GET", "/v1/products/{id}", retrieve_product),
    ("POST", "/v1/products/{id}", update_product),
    ("POST", "/v1/prices", create_price),
    ("GET", "/v1/prices", prices),
    ("GET", "/v1/prices/{id}", retrieve_price),
    ("POST", "/v1/prices/{id}", update_price),
]
