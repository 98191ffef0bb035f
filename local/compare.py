"""Comparing a resource's declared properties with the real ones."""

import re


def differences(declared, actual, path: str = "") -> list:
    """(path, declared, actual) of what is declared and not so; what is not declared is not compared."""
    if isinstance(declared, dict) and isinstance(actual, dict):
        if "Statement" in declared:
            declared, actual = policy(declared), policy(actual)
        found = []
        for name, value in declared.items():
            found += differences(value, actual.get(name), f"{path}.{name}" if path else name)
        return found
    if isinstance(declared, list) and isinstance(actual, list):
        if path == "Tags":
            actual = [each for each in actual if not each["Key"].startswith("aws:")]
        missing = [each for each in declared if all(differences(each, other) for other in actual)]
        same = not missing and len(declared) == len(actual)
        return [] if same else [(path, missing or declared, actual)]
    return [] if scalar(declared) == scalar(actual) else [(path, declared, actual)]


def scalar(value) -> str:
    """Templates and some services tell numbers and booleans as strings: ``"100"`` is 100.0, ``"true"`` is True."""
    text = str(value)
    if text in ("True", "False"):
        return text.lower()
    return str(float(text)) if re.fullmatch(r"\d{1,15}(\.\d+)?", text) else text


def policy(value: dict) -> dict:
    """A policy document with every "one or many" written as many."""
    many = ("Action", "NotAction", "Resource", "NotResource")
    statements = value.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    made = []
    for each in statements:
        each = {name: [x] if name in many and not isinstance(x, list) else x for name, x in each.items()}
        for part in ("Principal", "Condition"):
            if isinstance(each.get(part), dict):
                each[part] = as_lists(each[part])
        made.append(each)
    return {**value, "Statement": made}


def as_lists(value):
    """A map whose leaves are lists."""
    if isinstance(value, dict):
        return {name: as_lists(each) for name, each in value.items()}
    return value if isinstance(value, list) else [value]
