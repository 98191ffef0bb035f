"""A deployed stack beside its template: physical ids, parameters, outputs, and its resources' declared properties."""

from templates import ACCOUNT, REGION, Resolver, Template


class Stack:
    """One deployed stack."""

    def __init__(self, clients, name: str, template: Template):
        cloudformation = clients("cloudformation")
        described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        listed = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        self.clients = clients
        self.name = described["StackName"]
        self.template = template
        self.physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
        self.resolver = Resolver(
            template.body, self.parameters(described), self.physical, self.attribute,
            (self.name, described["StackId"]),
        )

    def parameters(self, described: dict) -> dict:
        """The stack's parameters, lists split, defaults filled in."""
        given = {each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])}
        values = {}
        for name, each in self.template.body.get("Parameters", {}).items():
            value = given.get(name, each.get("Default", ""))
            is_list = each["Type"].startswith("List<") or each["Type"] == "CommaDelimitedList"
            values[name] = [part.strip() for part in str(value).split(",")] if is_list else value
        return values

    def type_of(self, logical: str) -> str:
        """A resource's type."""
        return self.template.resources()[logical]["Type"]

    def declared(self):
        """Logical id, type and evaluated properties of each resource whose condition holds."""
        for logical, resource in self.template.resources().items():
            if self.resolver.exists(resource):
                yield logical, resource["Type"], self.resolver.value(resource.get("Properties", {}))

    def attribute(self, logical: str, name: str):
        """``Fn::GetAtt``."""
        kind, physical = self.type_of(logical), self.physical[logical]
        if kind == "AWS::CloudFormation::Stack":
            described = self.clients("cloudformation").describe_stacks(StackName=physical)["Stacks"][0]
            outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
            return outputs[name.removeprefix("Outputs.")]
        if (kind, name) == ("AWS::DynamoDB::Table", "StreamArn"):
            return self.clients("dynamodb").describe_table(TableName=physical)["Table"]["LatestStreamArn"]
        if (kind, name) == ("AWS::ApiGatewayV2::Api", "ApiEndpoint"):
            return f"https://{physical}.execute-api.{REGION}.amazonaws.com"
        return ATTRIBUTES[kind][name].format(id=physical, tail=physical.rsplit("/", 1)[-1].rsplit(":", 1)[-1])


def at(service: str, resource: str) -> str:
    """The pattern of an ARN in our region and account."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


ATTRIBUTES = {
    "AWS::Cognito::UserPool": {
        "Arn": at("cognito-idp", "userpool/{id}"),
        "UserPoolId": "{id}",
        "ProviderName": f"cognito-idp.{REGION}.amazonaws.com/{{id}}",
        "ProviderURL": f"https://cognito-idp.{REGION}.amazonaws.com/{{id}}",
    },
    "AWS::CloudWatch::Alarm": {"Arn": at("cloudwatch", "alarm:{id}")},
    "AWS::Cognito::UserPoolClient": {"ClientId": "{id}"},
    "AWS::DynamoDB::Table": {"Arn": at("dynamodb", "table/{id}")},
    "AWS::IAM::Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/{{id}}"},
    "AWS::KMS::Key": {"Arn": at("kms", "key/{id}"), "KeyId": "{id}"},
    "AWS::Lambda::Function": {"Arn": at("lambda", "function:{id}")},
    "AWS::Logs::LogGroup": {"Arn": at("logs", "log-group:{id}:*")},
    "AWS::S3::Bucket": {
        "Arn": "arn:aws:s3:::{id}",
        "DomainName": "{id}.s3.amazonaws.com",
        "RegionalDomainName": f"{{id}}.s3.{REGION}.amazonaws.com",
    },
    "AWS::SNS::Topic": {"TopicArn": "{id}", "TopicName": "{tail}"},
    "AWS::SQS::Queue": {"Arn": at("sqs", "{tail}"), "QueueName": "{tail}", "QueueUrl": "{id}"},
}


def stacks(clients, name: str, template: Template) -> list:
    """The deployed root stack and all below it, the root first."""
    root = Stack(clients, name, template)
    found = [root]
    for logical, child in template.nested.items():
        if root.resolver.exists(template.resources()[logical]):
            found += stacks(clients, root.physical[logical], child)
    return found
