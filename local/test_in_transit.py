"""What is on its way is encrypted: ``python -m unittest discover -s local``. The way to the API is in test_templates.py."""

import unittest

from expanded import every_template, of_type, resources, statements

PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
"""The condition that takes what comes without TLS."""

POLICY_OF = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", lambda it: [it["Bucket"]]),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", lambda it: it["Topics"]),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", lambda it: it["Queues"]),
}
"""Types that are reached by an address of their own, and where the policy of each says of which it is."""

EVERYTHING = ("s3:*", "sqs:*", "sns:Publish")
"""What is denied: of a topic, whose policy can't say more, what carries anything."""


def denied(policy: dict) -> list:
    """The conditions under which a policy denies everybody everything."""
    return [
        each["Condition"] for each in statements(policy)
        if each["Effect"] == "Deny" and each["Principal"] == "*" and each["Action"] in EVERYTHING
    ]


class InTransit(unittest.TestCase):
    """Encryption on the way"""

    def test_no_bucket_queue_or_topic_answers_without_tls(self):
        seen = set()
        for name in every_template():
            found = resources(name, Stage="prod")
            for kind, (policy_kind, subjects) in POLICY_OF.items():
                policies = [each for policy, each in found.values() if policy == policy_kind]
                for logical in (logical for logical, (each, _) in found.items() if each == kind):
                    own = [each for each in policies if logical in subjects(each)]
                    self.assertTrue(any(PLAIN in denied(each) for each in own), (name, logical))
                    seen.add(kind)
        self.assertEqual(seen, POLICY_OF.keys())

    def test_browsers_reach_files_by_tls_1_3(self):
        policies = of_type("AWS::S3::BucketPolicy", "data", Stage="prod")
        self.assertEqual(len(policies), len(of_type("AWS::S3::Bucket", "data", Stage="prod")))
        for policy in policies:
            self.assertIn({"NumericLessThan": {"s3:TlsVersion": "1.3"}}, denied(policy), policy["Bucket"])

    def test_mail_goes_by_tls_or_not_at_all(self):
        sets = [each for name in every_template() for each in of_type("AWS::SES::ConfigurationSet", name, Stage="prod")]
        self.assertEqual([each["DeliveryOptions"]["TlsPolicy"] for each in sets], ["REQUIRE"])


if __name__ == "__main__":
    unittest.main()
