"""The templates as they are once parameters and functions are put in: what the tests of the templates read."""

import functools
import json
from pathlib import Path

import templates

ROOT = Path(__file__).resolve().parent.parent


@functools.cache
def template(name: str) -> templates.Template:
    """A template and those below it: ``template`` or one in ``infra/``."""
    return templates.load(ROOT / ("template.yaml" if name == "template" else f"infra/{name}.yaml"))


def every_template() -> dict:
    """Name to template, of all."""
    found = {each.path.stem: each for each in template("template").walk()}
    return found | {path.stem: template(path.stem) for path in (ROOT / "infra").glob("*.yaml") if path.stem not in found}


def resolver(body: dict, **given) -> templates.Resolver:
    """The template's functions with these parameters, else their defaults, else their names; ids are logical ids."""
    given = {"MailFrom": "care@visage.example", **given}
    parameters = {name: given.get(name, each.get("Default", name)) for name, each in body["Parameters"].items()}
    physical = {name: name for name in body["Resources"]}
    return templates.Resolver(body, parameters, physical, lambda *name: ".".join(name), ("stack", "id"))


def resources(name: str, **given) -> dict:
    """Logical id to type and evaluated properties, of those whose condition holds."""
    body = template(name).body
    resolve = resolver(body, **given)
    return {
        logical: (each["Type"], resolve.value(each.get("Properties", {})))
        for logical, each in body["Resources"].items()
        if resolve.exists(each)
    }


def of_type(kind: str, name: str, **given) -> list:
    """The evaluated properties of a template's resources of a type."""
    return [properties for each, properties in resources(name, **given).values() if each == kind]


def refused(name: str, **given) -> list:
    """Which of the template's rules refuse these parameters."""
    body = template(name).body
    resolve = resolver(body, **given)
    return [
        assertion["AssertDescription"]
        for rule in body["Rules"].values()
        if templates.truth(resolve.value(rule.get("RuleCondition", True)))
        for assertion in rule["Assertions"]
        if not templates.truth(resolve.value(assertion["Assert"]))
    ]


def statements(node):
    """Every statement of every policy below a node, those written as text included."""
    if isinstance(node, str) and node.lstrip().startswith('{"Version"'):
        node = json.loads(node)
    if isinstance(node, dict):
        if "Effect" in node:
            yield node
        for each in node.values():
            yield from statements(each)
    elif isinstance(node, list):
        for each in node:
            yield from statements(each)
