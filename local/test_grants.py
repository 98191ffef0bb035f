"""Which function may do what changes, opens, sends or calls: ``python -m unittest discover -s local``.

A grant that is too wide works as well, and nothing that a function does shows it. So each stands in ``grants.json``: whoever adds
one says so there, and whoever reviews it reads it there.
"""

import json
import unittest
from pathlib import Path

from expanded import every_template, resources, statements

GRANTS = json.loads((Path(__file__).parent / "grants.json").read_text())
"""The functions that may take an action on a resource: action, resource, functions, each in order."""

LOOKS = {
    "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DescribeStream", "dynamodb:GetItem", "dynamodb:GetRecords",
    "dynamodb:GetShardIterator", "dynamodb:ListStreams", "dynamodb:Query", "logs:CreateLogStream", "logs:PutLogEvents",
    "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
}
"""Actions that read what is sealed, write a function's own log, or take the messages that a function is there for. All others
are told one by one, those that nobody thought of included."""

EVERYBODYS = {("dynamodb:PutItem", "AuditTable"): "nothing is answered without an entry; the condition that keeps it is in code"}
"""What all functions may and is therefore not listed, and why."""


def many(value) -> list:
    """One or many as many."""
    return value if isinstance(value, list) else [value]


def named(resource: str) -> str:
    """A resource without what all of its service have in common."""
    return resource.split(":", 5)[-1].removeprefix("table/") if resource.startswith("arn:") else resource


def granted() -> dict:
    """The same as ``GRANTS``, of the templates."""
    found = {}
    for name in every_template():
        for kind, properties in resources(name).values():
            if kind != "AWS::IAM::Role":
                continue
            for statement in statements(properties):
                if statement["Effect"] != "Allow" or "Resource" not in statement:
                    continue
                for action in set(many(statement["Action"])) - LOOKS:
                    for resource in (named(str(each)) for each in many(statement["Resource"])):
                        if (action, resource) not in EVERYBODYS:
                            role = properties["RoleName"].removeprefix("visage-Stage-")
                            found.setdefault(action, {}).setdefault(resource, set()).add(role)
    return {
        action: {resource: sorted(roles) for resource, roles in sorted(of.items())} for action, of in sorted(found.items())
    }


class Grants(unittest.TestCase):
    """What is granted, and to whom"""

    maxDiff = None

    def test_what_changes_opens_sends_or_calls_is_granted_to_whom_the_list_names(self):
        wanted = {(action, resource): roles for action, of in GRANTS.items() for resource, roles in of.items()}
        found = {(action, resource): roles for action, of in granted().items() for resource, roles in of.items()}
        for each in sorted(wanted.keys() | found.keys()):
            more = set(found.get(each, [])) - set(wanted.get(each, []))
            less = set(wanted.get(each, [])) - set(found.get(each, []))
            self.assertFalse(more or less, f"{each}: not in local/grants.json {sorted(more)}, only there {sorted(less)}")

    def test_the_list_is_in_order(self):
        self.assertEqual(json.dumps(GRANTS), json.dumps(GRANTS, sort_keys=True))
        for action, of in GRANTS.items():
            for resource, roles in of.items():
                self.assertEqual(roles, sorted(set(roles)), (action, resource))

    def test_what_can_do_most_harm_is_granted_to_few(self):
        def who(action: str) -> set:
            return {role for roles in GRANTS.get(action, {}).values() for role in roles}

        self.assertEqual(who("s3:DeleteObject") | who("s3:DeleteObjectVersion"), {"purge_due", "receive_photo"})
        self.assertEqual(who("rekognition:DetectFaces") | who("rekognition:DetectModerationLabels"), {"analyse_photo"})
        self.assertEqual(who("sns:Publish"), {"send_notice"})
        self.assertEqual(who("ses:SendEmail"), {"request_registration", "send_alert", "send_notice"})
        # What is destroyed by the purge it can't open: its key is that of files and queues, not that of patients' data.
        self.assertNotIn("purge_due", GRANTS["kms:Decrypt"]["PhiKeyArn"])
        # No function runs another: only schedules do.
        self.assertTrue(all(role.endswith(("-clock", "-schedule")) for role in who("lambda:InvokeFunction")))
        self.assertFalse({action for action in GRANTS if action.startswith(("iam:", "sts:", "secretsmanager:", "ssm:"))})
        self.assertEqual(
            {action for action in GRANTS if action.startswith("dynamodb:")},
            {"dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        )


if __name__ == "__main__":
    unittest.main()
