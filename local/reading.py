"""Helpers of the readers in describe_data.py and describe.py."""

import json
from urllib.parse import unquote

from botocore.exceptions import ClientError


def optional(call, **arguments) -> dict:
    """A call whose configuration may not exist: then an empty answer."""
    try:
        return call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "NoSuch" in code or "NotFound" in code or error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return {}
        raise


def document(value) -> dict:
    """A policy document, whichever way the service returns it."""
    return value if isinstance(value, dict) else json.loads(unquote(value)) if value else {}


def tag_list(tags: dict) -> list:
    """A map of tags as a template's list."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tail(name: str) -> str:
    """The part of a physical id that is the resource's own."""
    return name.rsplit("/", 1)[-1]
