"""Refusals of the Graph API, and the errors that a failed status carries.

HTTP statuses and codes follow Meta's table of error codes. `GraphError` is an answer to a request; `Failure` comes later,
in a status webhook.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "NOT_ON_WHATSAPP",
    "WINDOW_CLOSED",
    "Failure",
    "GraphError",
    "invalid",
    "missing",
    "missing_token",
    "parameter_count",
    "rate_limited",
    "required",
    "something_wrong",
    "template_issue",
    "text_too_long",
    "unknown_object",
    "unknown_template",
    "unsupported_type",
    "value_invalid",
    "wrong_token",
    "wrong_type",
]

HELP = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


class GraphError(Exception):
    """The request is refused. `status` is the HTTP status, `code` the number a sender should go by."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        details: str | None = None,
        *,
        subcode: int | None = None,
        kind: str = "OAuthException",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.subcode = subcode
        self.kind = kind

    def body(self, trace_id: str) -> dict[str, object]:
        """The answer's JSON."""
        error: dict[str, object] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": {**error, "fbtrace_id": trace_id}}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an accepted message did not arrive."""

    code: int
    title: str
    details: str

    def body(self) -> dict[str, object]:
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": HELP,
        }


NOT_ON_WHATSAPP = Failure(131026, "Message undeliverable", "Message Undeliverable.")
WINDOW_CLOSED = Failure(
    131047,
    "Re-engagement message",
    "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
)


def wrong_token() -> GraphError:
    return GraphError(401, 190, "Invalid OAuth access token - Cannot parse access token")


def missing_token() -> GraphError:
    return GraphError(401, 0, "Authentication Error")


def unknown_object(object_id: str) -> GraphError:
    text = (
        f"Unsupported post request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api"
    )
    return GraphError(400, 100, text, subcode=33, kind="GraphMethodException")


def missing(name: str) -> GraphError:
    return GraphError(400, 100, f"(#100) The parameter {name} is required.")


def wrong_type(name: str, expected: str) -> GraphError:
    return GraphError(400, 100, f"(#100) Param {name} must be {expected}.")


def invalid(details: str) -> GraphError:
    return GraphError(400, 100, "(#100) Invalid parameter", details)


def required(details: str) -> GraphError:
    return GraphError(400, 131008, "(#131008) Required parameter is missing", details)


def value_invalid(details: str) -> GraphError:
    return GraphError(400, 131009, "(#131009) Parameter value is not valid", details)


def unsupported_type(details: str) -> GraphError:
    return GraphError(400, 131051, "(#131051) Unsupported message type", details)


def parameter_count(details: str) -> GraphError:
    return GraphError(
        400, 132000, "(#132000) Number of parameters does not match the expected number of params", details
    )


def unknown_template(name: str, language: str) -> GraphError:
    details = f"template name ({name}) does not exist in {language}"
    return GraphError(404, 132001, "(#132001) Template name does not exist in the translation", details)


def text_too_long(details: str) -> GraphError:
    return GraphError(400, 132005, "(#132005) Translated text too long", details)


def template_issue(details: str) -> GraphError:
    return GraphError(400, 132018, "(#132018) There's an issue with the parameters in your template", details)


def rate_limited() -> GraphError:
    return GraphError(
        429, 130429, "(#130429) Rate limit hit", "Cloud API message throughput has been reached."
    )


def something_wrong() -> GraphError:
    return GraphError(
        500, 131000, "(#131000) Something went wrong", "Message failed to send due to an unknown error."
    )
