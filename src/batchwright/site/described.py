"""The description of the JSON edge: beside what is answered, how the plant refuses."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

_TEXT = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_REFUSAL = {
    "type": "object",
    "title": "Refusal",
    "description": "What is refused: the sentence, the value, its limit, and what to do.",
    "properties": {"message": {"type": "string"}, "value": _TEXT, "limit": _TEXT, "remedy": {"type": "string"}},
    "required": ["message", "value", "limit", "remedy"],
}
_DETAIL = {
    "type": "object",
    "title": "Detail",
    "description": "Why there is no answer.",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}
_STRANGER = {
    "type": "object",
    "title": "Stranger",
    "description": "Who asks is not signed in.",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}
_UNREADABLE = {
    "type": "object",
    "title": "Unreadable",
    "description": "Where the request is not of the form that is described here.",
    "properties": {"detail": {"type": "array", "items": {"type": "object"}}},
    "required": ["detail"],
}
_KEPT = {
    "type": "object",
    "title": "RefusedAttempt",
    "description": "An attempt that was refused and is on record, with every reason.",
    "properties": {
        **_REFUSAL["properties"],  # type: ignore[dict-item]
        "entry": {"type": "integer"},
        "reasons": {"type": "array", "items": {"type": "object"}},
    },
    "required": [*_REFUSAL["required"], "entry", "reasons"],
}
SCHEMAS = {
    "Refusal": _REFUSAL, "Detail": _DETAIL, "Stranger": _STRANGER, "Unreadable": _UNREADABLE, "RefusedAttempt": _KEPT,
}  # fmt: skip
"""What the plant answers where it refuses, by name."""
ALWAYS = {
    "400": ("The plant refuses what is asked for", ("Refusal", "Detail")),
    "401": ("Nobody is signed in", ("Stranger",)),
    "403": ("The role does not hold the action, or a token is missing", ("Refusal", "Detail")),
    "404": ("It is not there, or the caller may not know of it", ("Detail",)),
    "422": ("The request is not of the form that is described here", ("Unreadable",)),
    "503": ("Something that is needed does not answer", ("Refusal",)),
}
"""How each operation may refuse: what it means, and the schemas of what is said."""
WRITING = {
    "409": ("Somebody was faster, or the same thing is being done at this moment", ("Refusal",)),
    "422": ("The attempt is on record as refused, or the request cannot be read", ("RefusedAttempt", "Unreadable")),
}
"""How an operation that writes may refuse beside that."""


class PlantAPI(NinjaAPI):
    """The JSON edge, whose description also says how each operation refuses."""

    def get_openapi_schema(self, **asked: Any) -> OpenAPISchema:
        """Describe every operation.

        Args:
            **asked: What ninja asks with.

        Returns:
            The description.
        """
        described = super().get_openapi_schema(**asked)
        described["components"].setdefault("schemas", {}).update(SCHEMAS)
        for operations in described["paths"].values():
            for method, operation in operations.items():
                refusals = ALWAYS if method == "get" else ALWAYS | WRITING
                answers = {str(status): said for status, said in operation["responses"].items()}
                operation["responses"] = answers | {
                    status: _answer(*said) for status, said in refusals.items() if status not in answers
                }
        return described


def _answer(meaning: str, schemas: tuple[str, ...]) -> dict[str, Any]:
    said = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
    return {
        "description": meaning,
        "content": {"application/json": {"schema": said[0] if len(said) == 1 else {"anyOf": said}}},
    }
