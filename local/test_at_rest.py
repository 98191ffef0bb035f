"""What is kept anywhere is encrypted under a key of ours: ``python -m unittest discover -s local``."""

import unittest

from expanded import every_template, resources

OURS = ("StorageKeyArn", "Keys.Outputs.StorageKeyArn", "Key.Arn", "Key")
"""How a template names such a key: what it is handed, or its own."""

KEEPS_NOTHING = {
    "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage", "AWS::CloudFormation::Stack", "AWS::CloudFront::Distribution",
    "AWS::CloudFront::Function", "AWS::CloudFront::OriginRequestPolicy", "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Cognito::UserPoolClient", "AWS::Events::Rule",
    "AWS::GuardDuty::Detector", "AWS::IAM::Role", "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Logs::Delivery", "AWS::Logs::DeliveryDestination", "AWS::Logs::DeliverySource",
    "AWS::Logs::MetricFilter", "AWS::Logs::ResourcePolicy", "AWS::Organizations::Policy", "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSet", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule", "AWS::WAFv2::LoggingConfiguration", "AWS::WAFv2::WebACL",
}
"""Types that describe, route or count; a function's environment holds names, a schedule's input nothing."""

BY_AWS = {
    "AWS::Cognito::UserPool": "names, addresses and second factors of staff and operators: AES-256 under a key of AWS's",
}
"""Types that keep something and whose key can't be chosen here."""


def table(properties: dict):
    """A table's key."""
    encryption = properties["SSESpecification"]
    return encryption["KMSMasterKeyId"] if encryption["SSEEnabled"] and encryption["SSEType"] == "KMS" else None


def bucket(properties: dict):
    """A bucket's key."""
    rule, = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    encryption = rule["ServerSideEncryptionByDefault"]
    return encryption["KMSMasterKeyID"] if encryption["SSEAlgorithm"] == "aws:kms" else None


KEY_OF = {
    "AWS::CloudTrail::Trail": lambda it: it["KMSKeyId"],
    "AWS::DynamoDB::Table": table,
    "AWS::Logs::LogGroup": lambda it: it["KmsKeyId"],
    "AWS::S3::Bucket": bucket,
    "AWS::SNS::Topic": lambda it: it["KmsMasterKeyId"],
    "AWS::SQS::Queue": lambda it: it["KmsMasterKeyId"],
    "AWS::SecretsManager::Secret": lambda it: it["KmsKeyId"],
}
"""Types that keep something, and where each names its key."""


def declared():
    """Template, logical id, type and properties of every resource."""
    for name in every_template():
        for logical, (kind, properties) in resources(name, Stage="prod").items():
            yield name, logical, kind, properties


class AtRest(unittest.TestCase):
    """Encryption of what is kept"""

    def test_whatever_keeps_something_keeps_it_under_a_key_of_ours(self):
        found = set()
        for name, logical, kind, properties in declared():
            if kind in KEY_OF:
                found.add(kind)
                self.assertIn(KEY_OF[kind](properties), OURS, (name, logical))
        self.assertEqual(found, KEY_OF.keys())

    def test_of_every_type_it_is_said_whether_it_keeps_anything(self):
        said = KEEPS_NOTHING | BY_AWS.keys() | KEY_OF.keys()
        self.assertEqual({kind for _, _, kind, _ in declared()} - said, set())

    def test_the_keys_are_symmetric_and_rotate(self):
        keys = [(name, logical, each) for name, logical, kind, each in declared() if kind == "AWS::KMS::Key"]
        self.assertGreaterEqual(len(keys), 4)
        for name, logical, each in keys:
            self.assertIs(each.get("EnableKeyRotation"), True, (name, logical))
            # AES-256-GCM: the only symmetric kind for encryption, and what is made if nothing else is asked for.
            self.assertEqual(each.get("KeySpec", "SYMMETRIC_DEFAULT"), "SYMMETRIC_DEFAULT", (name, logical))

    def test_no_object_is_put_under_another_key(self):
        header = "s3:x-amz-server-side-encryption"
        wanted = [
            {"Null": {header: "false"}, "StringNotEquals": {header: "aws:kms"}},
            {"Null": {f"{header}-aws-kms-key-id": "false"},
             "StringNotEquals": {f"{header}-aws-kms-key-id": "StorageKeyArn"}},
            {"Null": {f"{header}-customer-algorithm": "false"}},
        ]
        of_data = [(logical, kind, each) for name, logical, kind, each in declared() if name == "data"]
        refused = {
            each["Bucket"]: [
                statement["Condition"] for statement in each["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Deny" and "s3:PutObject" in statement["Action"]
            ]
            for _, kind, each in of_data if kind == "AWS::S3::BucketPolicy"
        }
        self.assertEqual(refused.keys(), {logical for logical, kind, _ in of_data if kind == "AWS::S3::Bucket"})
        for name, conditions in refused.items():
            self.assertEqual(conditions, wanted, name)


if __name__ == "__main__":
    unittest.main()
