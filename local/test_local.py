"""Tests of what deploys the templates locally: ``python -m unittest discover -s local``."""

import tempfile
import unittest
import zipfile
from pathlib import Path

from compare import differences
from describe_data import lifecycle_rule, lifecycle_rule_back
from package import package
from scan_templates import FUNCTION, UNWANTED, judge
from templates import Resolver, Template, load, snake_case

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String}}
Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap, Timeout: 10}}
Resources:
  GetFormFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: get_form}}
    Properties: {CodeUri: .., FunctionName: !Sub 'visage-${Stage}-get_form', Role: 'arn:aws:iam::1:role/r'}
"""


class Compare(unittest.TestCase):
    """``differences``"""

    def test_only_what_is_declared_counts(self):
        self.assertEqual(differences({"A": 1}, {"A": 1, "B": 2}), [])
        self.assertEqual(differences({"A": {"B": 1}}, {"A": {}}), [("A.B", 1, None)])
        self.assertEqual(differences({"A": {"B": 1}}, {}), [("A", {"B": 1}, None)])

    def test_numbers_and_booleans_may_be_strings(self):
        self.assertEqual(differences({"A": "100", "B": True}, {"A": 100.0, "B": "true"}), [])
        self.assertEqual(len(differences({"A": "100", "B": True}, {"A": 101, "B": False})), 2)

    def test_lists_have_no_order_but_a_length(self):
        self.assertEqual(differences({"A": [1, 2]}, {"A": [2, 1]}), [])
        self.assertEqual(len(differences({"A": [1]}, {"A": [1, 2]})), 1)
        self.assertEqual(len(differences({"A": [1, 3]}, {"A": [1, 2]})), 1)

    def test_one_action_is_a_list_of_one(self):
        one = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Principal": {"AWS": "x"}}]}
        many = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Principal": {"AWS": ["x"]}}]}
        other = {"Statement": [{"Effect": "Deny", "Action": ["s3:GetObject"], "Principal": {"AWS": ["x"]}}]}
        self.assertEqual(differences(one, many), [])
        self.assertEqual(len(differences(one, other)), 1)

    def test_a_lifecycle_rule_survives_the_way_there_and_back(self):
        noncurrent = {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
        rule = {"Id": "a", "Status": "Enabled", "ExpirationInDays": 1, **noncurrent}
        self.assertEqual(differences(rule, lifecycle_rule_back(lifecycle_rule(rule))), [])


class Templates(unittest.TestCase):
    """``load`` and ``Resolver``"""

    def resolver(self, body: dict) -> Resolver:
        attributes = {("Key", "Arn"): "arn:key"}
        physical = {"Key": "k-1"}
        return Resolver(body, {"Stage": "dev"}, physical, lambda *name: attributes[name], ("visage", "id"))

    def test_functions_are_expanded_and_know_their_binary(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "area.yaml")
            path.write_text(TEMPLATE)
            template = load(path)
        self.assertEqual(template.functions(), {"GetFormFunction": "get_form"})
        self.assertEqual(template.resources()["GetFormFunction"]["Properties"]["Timeout"], 10)

    def test_intrinsic_functions_are_evaluated(self):
        resolver = self.resolver({"Conditions": {"Dev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}}})
        cases = [
            ({"Fn::Sub": "a-${Stage}-${Key}-${Key.Arn}-${!Stage}"}, "a-dev-k-1-arn:key-${Stage}"),
            ({"Fn::Sub": ["${D}", {"D": {"Fn::Select": [1, {"Fn::Split": ["@", "a@b"]}]}}]}, "b"),
            ({"Fn::If": ["Dev", {"Fn::GetAtt": ["Key", "Arn"]}, "no"]}, "arn:key"),
            ({"A": {"Fn::If": ["Dev", {"Ref": "AWS::NoValue"}, 1]}, "B": 2}, {"B": 2}),
            ({"Fn::Join": ["/", ["a", {"Ref": "AWS::Partition"}]]}, "a/aws"),
            ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
        ]
        for node, expected in cases:
            self.assertEqual(resolver.value(node), expected)

    def test_names_become_snake_case(self):
        self.assertEqual(snake_case("SubmitIntake"), "submit_intake")


class Scan(unittest.TestCase):
    """``judge``"""

    def problems(self, *more, skips=(), skipped=()) -> list:
        unwanted = [self.result(check, f"{kind}.F") for check, kind in UNWANTED]
        skipped = [self.result(check, "AWS::S3::Bucket.Bucket") for check in skipped]
        results = {"failed_checks": [*unwanted, *more], "skipped_checks": skipped, "parsing_errors": []}
        bucket = {"Type": "AWS::S3::Bucket", "Metadata": {"checkov": {"skip": list(skips)}}}
        return judge({"results": results}, {"/data.json": Template(Path("data.yaml"), {"Resources": {"Bucket": bucket}})})

    def result(self, check: str, resource: str) -> dict:
        return {"check_id": check, "check_name": "why", "resource": resource, "file_path": "/data.json"}

    def test_what_nobody_wants_is_no_finding_elsewhere_it_is(self):
        self.assertEqual(self.problems(), [])
        found = self.problems(self.result("CKV_AWS_1", "AWS::S3::Bucket.Bucket"))
        self.assertEqual(found, ["/data.json Bucket: CKV_AWS_1 why"])
        check = next(iter(UNWANTED))[0]
        self.assertEqual(len(self.problems(self.result(check, "AWS::S3::Bucket.Bucket"))), 1)

    def test_what_nothing_fails_needs_no_excuse(self):
        empty = {"results": {"failed_checks": [], "skipped_checks": [], "parsing_errors": []}}
        self.assertEqual(len(judge(empty, {})), len(UNWANTED))
        self.assertTrue(all(FUNCTION in each for each in judge(empty, {})))
        skip = {"id": "CKV_AWS_18", "comment": "why not"}
        self.assertEqual(self.problems(skips=[skip], skipped=["CKV_AWS_18"]), [])
        self.assertEqual(len(self.problems(skips=[skip])), 1)
        self.assertEqual(len(self.problems(skips=[{"id": "CKV_AWS_18"}], skipped=["CKV_AWS_18"])), 1)


class Package(unittest.TestCase):
    """``package``"""

    def test_the_same_binary_gives_the_same_executable_zip(self):
        with tempfile.TemporaryDirectory() as folder:
            binary = Path(folder, "get_form")
            binary.write_bytes(b"\x7fELF")
            first = package(binary, Path(folder))
            content = first.read_bytes()
            first.unlink()
            self.assertEqual(package(binary, Path(folder)).read_bytes(), content)
            with zipfile.ZipFile(first) as archive:
                entry = archive.getinfo("bootstrap")
            self.assertEqual(entry.external_attr >> 16, 0o100755)


if __name__ == "__main__":
    unittest.main()
