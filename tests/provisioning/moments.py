"""A moment for tests that need one: certificates are valid from here on."""

from datetime import UTC, datetime

NOW = datetime.now(UTC)  # noqa: TID251 (a certificate of the past would not be valid)
