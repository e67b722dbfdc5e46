"""Tax ids of the countries where we know how they are made. The only importer of stdnum (python-stdnum)."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from stdnum.ar import cuit
from stdnum.cl import rut as cl_rut
from stdnum.co import nit
from stdnum.cr import cpf, cpj, cr
from stdnum.do import cedula, rnc
from stdnum.ec import ruc as ec_ruc
from stdnum.es import nif
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError
from stdnum.mx import rfc
from stdnum.pe import ruc as pe_ruc
from stdnum.uy import rut as uy_rut

from domain.errors import FieldProblem

LONGEST = 40  # characters kept of an id of a country that we know nothing of


@dataclass(frozen=True)
class TaxIdKind:
    """`label` as the country calls it, `stripe_type` as Stripe's API does, `example` well made, `lengths` in words."""

    label: str
    stripe_type: str
    example: str
    lengths: str
    modules: tuple[ModuleType, ...]


# The types are literals of stripe.params.CustomerCreateParamsTaxIdDatum in SDK 16.
# A person in business uses the personal number where the country says so: DO cédula, CR cédula física or DIMEX.
KINDS: dict[str, TaxIdKind] = {
    "AR": TaxIdKind("CUIT", "ar_cuit", "20-05536168-2", "11 dígitos", (cuit,)),
    "CL": TaxIdKind("RUT", "cl_tin", "12.531.909-2", "8 o 9 caracteres, el último puede ser K", (cl_rut,)),
    "CO": TaxIdKind("NIT", "co_nit", "213.123.432-1", "de 8 a 16 dígitos con el de verificación", (nit,)),
    "CR": TaxIdKind("Cédula jurídica", "cr_tin", "3-101-999999", "10 dígitos", (cpj, cpf, cr)),
    "DO": TaxIdKind("RNC", "do_rcn", "1-31-24679-6", "9 dígitos, u 11 si es tu cédula", (rnc, cedula)),
    "EC": TaxIdKind("RUC", "ec_ruc", "1792060346001", "13 dígitos", (ec_ruc,)),
    "ES": TaxIdKind("NIF/CIF", "es_cif", "B64717838", "9 caracteres", (nif,)),
    "MX": TaxIdKind("RFC", "mx_rfc", "MAB 930714 8T4", "12 caracteres, o 13 si eres persona física", (rfc,)),
    "PE": TaxIdKind("RUC", "pe_ruc", "20512333797", "11 dígitos", (pe_ruc,)),
    "UY": TaxIdKind("RUT", "uy_ruc", "21-100342-001-7", "12 dígitos", (uy_rut,)),
}


def kind(country: str) -> TaxIdKind | None:
    """How `country` (ISO 3166-1 alpha-2) calls its tax id; None where we do not know."""
    return KINDS.get(country.upper())


def problem(country: str, value: str) -> FieldProblem | None:
    """What is wrong with a tax id; None when it is right, empty (it is optional) or of a country we do not know."""
    known = kind(country)
    if not value.strip():
        return None
    if known is None:
        if len(value.strip()) > LONGEST:
            return FieldProblem("tax_id", "too_long", f"Es muy largo: caben {LONGEST} caracteres.")
        return None
    faults: list[ValidationError] = []
    for module in known.modules:
        try:
            module.validate(value)
        except ValidationError as fault:
            faults.append(fault)
        else:
            return None
    return FieldProblem("tax_id", *_words(known, faults))


def _words(known: TaxIdKind, faults: list[ValidationError]) -> tuple[str, str]:
    """The fault of the form that came closest: a wrong digit says more than a wrong length."""
    if any(isinstance(fault, InvalidChecksum) for fault in faults):
        return "checksum", f"El último dígito no corresponde a este {known.label}. Revisa que esté bien copiado."
    if all(isinstance(fault, InvalidLength) for fault in faults):
        return "length", f"Tu {known.label} tiene {known.lengths}. Por ejemplo: {known.example}."
    return "format", f"No parece un {known.label}. Por ejemplo: {known.example}."


def compact(country: str, value: str) -> str:
    """Without separators, as it is stored and sent to Stripe; a value that is not valid is only trimmed."""
    return _apply(country, value, lambda module, text: str(module.compact(text)))


def pretty(country: str, value: str) -> str:
    """With the separators that the country writes; a value that is not valid is only trimmed."""

    def write(module: ModuleType, text: str) -> str:
        shape: Callable[[str], str] = getattr(module, "format", module.compact)
        return str(shape(text))

    return _apply(country, value, write)


def _apply(country: str, value: str, write: Callable[[ModuleType, str], str]) -> str:
    known = kind(country)
    for module in known.modules if known else ():
        if module.is_valid(value):
            return write(module, module.compact(value))
    return value.strip()
