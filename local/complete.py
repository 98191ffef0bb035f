"""Applies what the emulator's CloudFormation leaves out, then compares every resource with its template.

Nothing here knows a value of ours: what is applied and compared comes from the templates themselves.
"""

import json
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from apply import APPLY
from compare import differences
from describe import READERS

WORKERS = 8

# Declared properties that no API call can read back, with the reason.
UNREADABLE = {
    "AWS::CloudFormation::Stack": {"TemplateURL": "CloudFormation doesn't tell where a template came from"},
    "AWS::KMS::Key": {"PendingWindowInDays": "concerns a later deletion only"},
    "AWS::Lambda::Function": {"Code": "the package is named by the hash of its content"},
}


def complete(clients, stacks: list) -> list:
    """Applies and compares all resources of the stacks; answers the remaining differences as readable lines."""
    resources = [(stack, *each) for stack in stacks for each in stack.declared()]
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(lambda each: complete_one(clients, *each), resources)
    return [line for lines in found for line in lines]


def complete_one(clients, stack, logical: str, kind: str, declared: dict) -> list:
    """One resource: compare, apply what differs and can be applied, compare again."""
    where = f"{stack.name}/{logical} ({kind})"
    if kind not in READERS:
        return [f"{where}: no way to describe this type is known to local/describe.py"]
    declared = {name: each for name, each in declared.items() if name not in UNREADABLE.get(kind, {})}
    physical = stack.physical.get(logical)
    if physical is None:
        return [f"{where}: was not created"]
    try:
        found = apply_and_compare(clients, kind, physical, declared)
    except (ClientError, KeyError) as error:
        return [f"{where}: can't be described or completed: {error!r}"]
    return [f"{where}: {path}: the template says {short(want)}, there is {short(have)}" for path, want, have in found]


def apply_and_compare(clients, kind: str, physical: str, declared: dict) -> list:
    """Applies the properties that differ, where an API call is known for them; answers what differs afterwards."""
    reader = READERS[kind]
    found = differences(declared, reader(clients, physical, declared))
    names = {path.split(".")[0] for path, _, _ in found}
    appliers = [APPLY[kind, name] for name in names if (kind, name) in APPLY]
    for applier in appliers:
        applier(clients, physical, declared)
    return differences(declared, reader(clients, physical, declared)) if appliers else found


def short(value) -> str:
    """A value for a message."""
    text = json.dumps(value, default=str, sort_keys=True)
    return text if len(text) <= 300 else text[:297] + "..."
