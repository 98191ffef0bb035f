"""The committed templates as CloudFormation resources: SAM expanded, nested stacks found, intrinsics resolved."""

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "000000000000"
NO_VALUE = object()


@dataclass
class Template:
    """One expanded template and the templates of its nested stacks."""

    path: Path
    body: dict
    nested: dict = field(default_factory=dict)
    """Logical id of the stack resource to its ``Template``."""

    def resources(self) -> dict:
        """Logical id to resource."""
        return self.body["Resources"]

    def functions(self) -> dict:
        """Logical id of each function to the name of its binary."""
        functions = (each for each in self.resources().items() if each[1]["Type"] == "AWS::Lambda::Function")
        return {name: binary_of(name, each) for name, each in functions}

    def walk(self):
        """This template and all below it."""
        yield self
        for child in self.nested.values():
            yield from child.walk()


def load(path: Path) -> Template:
    """Reads a template, expands SAM's resource types as AWS does, and follows nested stacks with a local path.

    AWS transforms nested templates by itself; the emulator doesn't, hence AWS's own translator is applied here.
    """
    from samtranslator.yaml_helper import yaml_parse

    source = yaml_parse(path.read_text())
    for name, each in source["Resources"].items():
        if each["Type"] == "AWS::Serverless::Function":
            # The translator takes packaged code only; package.py puts the real address in its place.
            each["Properties"]["CodeUri"] = f"s3://package/{binary_of(name, each)}"
    body = expand(source)
    template = Template(path, body)
    for name, each in template.resources().items():
        location = each.get("Properties", {}).get("TemplateURL")
        if each["Type"] == "AWS::CloudFormation::Stack" and isinstance(location, str) and "://" not in location:
            template.nested[name] = load((path.parent / location).resolve())
    return template


def expand(source: dict) -> dict:
    """A SAM template as plain CloudFormation."""
    if "Transform" not in source:
        return source
    import boto3
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    # The translator wants values for parameters it may look into; nothing of ours depends on them.
    values = {name: each.get("Default", "x") for name, each in source.get("Parameters", {}).items()}
    session = boto3.session.Session(region_name=REGION)
    translator = Translator({}, Parser(), boto_session=session)
    body = translator.translate(sam_template=source, parameter_values=values)
    translator.metrics.publish()  # nowhere; else it warns about timings it kept
    body.pop("Transform", None)
    return json.loads(json.dumps(body))


def binary_of(name: str, resource: dict) -> str:
    """The binary of a function: as its build metadata says, else the logical id in snake case."""
    build = resource.get("Metadata", {}).get("BuildProperties", {})
    return build.get("Binary") or snake_case(name.removesuffix("Function"))


def snake_case(name: str) -> str:
    """``SubmitIntake`` to ``submit_intake``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Resolver:
    """Evaluates a template's intrinsic functions with what a deployed stack says of itself."""

    def __init__(self, body: dict, parameters: dict, physical: dict, attributes, stack: tuple):
        """``physical``: logical to physical id; ``attributes(logical, name)`` answers ``Fn::GetAtt``;
        ``stack``: the stack's name and id."""
        self.body = body
        self.parameters = parameters
        self.physical = physical
        self.attributes = attributes
        self.pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": NO_VALUE,
            "AWS::StackName": stack[0],
            "AWS::StackId": stack[1],
        }

    def exists(self, resource: dict) -> bool:
        """Whether a resource's condition holds."""
        return self.condition(resource["Condition"]) if "Condition" in resource else True

    def value(self, node):
        """The node with every intrinsic function evaluated; properties without a value are left out."""
        if isinstance(node, list):
            return [each for each in map(self.value, node) if each is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), = node.items()
            if name == "Ref" or name == "Condition" and isinstance(argument, str) or name.startswith("Fn::"):
                return self.call(name, argument)
        values = {key: self.value(each) for key, each in node.items()}
        return {key: each for key, each in values.items() if each is not NO_VALUE}

    def call(self, name: str, argument):
        """One intrinsic function."""
        if name == "Ref":
            return self.reference(argument)
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::GetAtt":
            target, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return self.attributes(target, self.value(attribute))
        if name == "Fn::Sub":
            return self.substitute(argument)
        if name == "Fn::If":
            return self.value(argument[1] if self.condition(argument[0]) else argument[2])
        arguments = self.value(argument)
        return FUNCTIONS[name](self, arguments)

    def reference(self, name: str):
        """``Ref``."""
        for known in (self.pseudo, self.parameters, self.physical):
            if name in known:
                return known[name]
        raise KeyError(f"Ref to {name}, which the stack doesn't have")

    def substitute(self, argument) -> str:
        """``Fn::Sub``."""
        text, local = argument if isinstance(argument, list) else (argument, {})

        def one(match) -> str:
            name = match.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in local:
                return str(self.value(local[name]))
            if "." in name:
                return str(self.attributes(*name.split(".", 1)))
            return str(self.reference(name))

        return re.sub(r"\$\{([^}]+)\}", one, text)

    def condition(self, name: str) -> bool:
        """A named condition."""
        return truth(self.value(self.body["Conditions"][name]))


def truth(value) -> bool:
    """CloudFormation's booleans may be strings."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


FUNCTIONS = {
    "Fn::Equals": lambda r, a: str(a[0]) == str(a[1]),
    "Fn::And": lambda r, a: all(map(truth, a)),
    "Fn::Or": lambda r, a: any(map(truth, a)),
    "Fn::Not": lambda r, a: not truth(a[0]),
    "Fn::Join": lambda r, a: a[0].join(map(str, a[1])),
    "Fn::Split": lambda r, a: a[1].split(a[0]),
    "Fn::Select": lambda r, a: a[1][int(a[0])],
    "Fn::FindInMap": lambda r, a: r.body["Mappings"][a[0]][a[1]][a[2]],
    "Fn::Base64": lambda r, a: base64.b64encode(a.encode()).decode(),
}
