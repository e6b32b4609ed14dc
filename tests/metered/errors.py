"""What the metered API answers to requests that it refuses."""

from __future__ import annotations


class ApiError(Exception):
    """An answer other than 200: HTTP status, the API's own name for the kind of error, and a message."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message


def invalid(message: str) -> ApiError:
    """A 400, as for a request that breaks the API's rules."""
    return ApiError(400, "invalid_request_error", message)


def not_found(message: str) -> ApiError:
    """A 404, as for a model that is retired or was never there."""
    return ApiError(404, "not_found_error", message)
