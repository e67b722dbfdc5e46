"""What FastAPI does not know of our answers: the shape of every refusal, and the statuses that any request may meet."""

from typing import Any

FIELDS = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        }
    },
}
REFUSAL = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {name: {"type": "string"} for name in ("code", "message")},
        }
    },
}
ALWAYS = {
    "503": "Something outside, or our database, does not answer; try again.",
}
WITH_A_BODY = {
    "400": "The body cannot be read.",
    "413": "The body is too large.",
    "422": "The body, or something in it, is not valid: one entry a fault.",
}
WITH_A_LOGIN = {
    "401": "Nobody is logged in, or the token is not accepted.",
    "403": "Not for this account, its role or the key's scopes; `proof_needed`: get a new token first.",
}
METHODS = ("get", "put", "post", "delete", "patch")


def complete(spec: dict[str, Any]) -> dict[str, Any]:
    """The description with every refusal in it; changes `spec` and returns it."""
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["FieldFaults"], schemas["Refusal"] = FIELDS, REFUSAL
    for path, operations in spec["paths"].items():
        for method in METHODS:
            if method in operations and path.startswith("/api/"):
                _complete(operations[method])
    return spec


def _complete(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    extra = {
        **ALWAYS,
        **(WITH_A_BODY if "requestBody" in operation else {}),
        **(WITH_A_LOGIN if operation.get("security") else {}),
    }
    for status, words in extra.items():
        answers.setdefault(status, {"description": words})
    for status, answer in answers.items():
        if status == "422":
            answer["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/FieldFaults"}}}
        elif int(status) >= 400:
            content = answer.setdefault("content", {}).setdefault("application/json", {})
            content.setdefault("schema", {"$ref": "#/components/schemas/Refusal"})
