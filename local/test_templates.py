"""What the templates must say and no start of the stack shows: ``python -m unittest discover -s local``.

The edge and the trail are stacks of their own that the emulator isn't given; a policy that allows too much works as well.
"""

import json
import re
import unittest

import templates
from expanded import ROOT, every_template, of_type, refused, resolver, resources, statements, template

SIX_YEARS = 2192

WILDCARDS = {
    ("messaging", "SendText"): "a phone number is no resource; topics are denied",
    ("photos", "Rekognition"): "neither call has a resource of ours",
}
"""Statements that may allow anything in ``Resource``, by template and statement, and why."""

EVERYBODY = {("keys", "ThroughTables"): "whoever of the account may use the table, through DynamoDB only"}
"""Statements that may allow any principal."""

OPERATOR = ["OPERATOR#*", "OPERATOR_SESSION#*"]

DIRECTORY = {
    "analyse_photo": ["VENDORS"],
    "approve_mfa_reset": ["PERSON#*"],
    "approve_owner_reset": [*OPERATOR, "PERSON#*"],
    "change_clinic_status": OPERATOR,
    "confirm_registration": ["CLINICS", "PERSON#*", "REGISTRATION_REQUEST#*", "SLUG#*"],
    "end_operator_session": OPERATOR,
    "escalate_reviews": ["CLINICS"],
    "get_form": ["SLUG#*"],
    "invite_staff": ["PERSON#*"],
    "list_vendors": ["VENDORS"],
    "plan_access_reviews": ["CLINICS"],
    "plan_purge": ["CLINICS"],
    "record_vendor": [*OPERATOR, "VENDORS"],
    "register_clinic": ["CLINICS", *OPERATOR, "PERSON#*", "REGISTRATION#*", "SLUG#*"],
    "renew_invitation": ["PERSON#*"],
    "request_mfa_reset": ["PERSON#*"],
    "request_owner_reset": [*OPERATOR, "PERSON#*"],
    "request_registration": ["REGISTRATION_COUNT#*", "REGISTRATION_REQUEST#*", "SLUG#*", "VENDORS"],
    "revoke_operator_sessions": OPERATOR,
    "rotate_keys": ["CLINICS"],
    "send_alert": ["VENDORS"],
    "send_notice": ["VENDORS"],
    "settle_departure": ["PERSON#*"],
    "start_intake": ["SLUG#*"],
    "start_operator_session": ["OPERATOR_SESSION#*", "TOKEN#*"],
    "start_session": ["PERSON#*", "SLUG#*", "TOKEN#*"],
    "sweep_outbox": ["CLINICS", "VENDORS"],
}
"""The partitions of the directory that a function reaches."""

PUBLIC_HEADERS = {
    "x-access-reason": "one of five words",
    "x-background": "says nothing but that nobody sits there",
}
"""Our own request headers that the firewall may log."""

TELLING = {
    "asn", "c-country", "c-ip", "c-port", "cs(Cookie)", "cs(Host)", "cs(Referer)", "cs(User-Agent)", "cs-headers",
    "cs-uri-query", "cs-uri-stem", "x-forwarded-for", "x-host-header",
}
"""Fields of CloudFront's access log that tell who it was or about whom."""


def matches(pattern: str, event: dict) -> bool:
    """Whether a log group's JSON filter pattern takes an event; a field that is missing equals nothing, nor is it unequal."""
    tokens = re.findall(r'"[^"]*"|NOT EXISTS|&&|\|\||!=|>=|[=(){}]|[^\s=!(){}]+', pattern)

    def some() -> bool:
        found = every()
        while tokens[0] == "||":
            tokens.pop(0)
            found = every() or found
        return found

    def every() -> bool:
        found = one()
        while tokens[0] == "&&":
            tokens.pop(0)
            found = one() and found
        return found

    def one() -> bool:
        if tokens[0] == "(":
            tokens.pop(0)
            found = some()
            assert tokens.pop(0) == ")", tokens
            return found
        value, sign = field(tokens.pop(0)), tokens.pop(0)
        if sign == "NOT EXISTS":
            return value is None
        wanted = tokens.pop(0)
        if value is None:
            return False
        if sign == ">=":
            return value >= float(wanted)
        equal = re.fullmatch(".*".join(map(re.escape, wanted.strip('"').split("*"))), str(value)) is not None
        return equal == (sign == "=")

    def field(path: str):
        value = event
        for step in re.findall(r"\w+", path.removeprefix("$")):
            if isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value

    assert tokens.pop(0) == "{" and tokens[-1] == "}", pattern
    found = some()
    assert tokens == ["}"], tokens
    return found


def listed(value) -> list:
    """One or many as many."""
    return value if isinstance(value, list) else [value]


class Policies(unittest.TestCase):
    """Who may do what"""

    def allowed(self):
        for name, each in every_template().items():
            for kind, properties in resources(name).values():
                for statement in statements(properties):
                    if statement["Effect"] == "Allow":
                        yield name, kind, statement

    def test_nothing_is_allowed_on_everything(self):
        used = set()
        for name, kind, statement in self.allowed():
            where = (name, statement.get("Sid"))
            self.assertFalse({"NotAction", "NotPrincipal", "NotResource"} & statement.keys(), where)
            # In a key's own policy everything is that key.
            if kind != "AWS::KMS::Key" and "*" in listed(statement.get("Resource", [])):
                used.add(where)
        self.assertEqual(used, WILDCARDS.keys())

    def test_no_action_is_all_of_a_service(self):
        for name, _, statement in self.allowed():
            for action in listed(statement["Action"]):
                self.assertFalse(action == "*" or action.endswith(":*"), f"{name}: {statement}")

    # The local AWS doesn't evaluate the conditions of the next two: it takes them for met.

    def test_a_function_reaches_its_partitions_of_the_directory(self):
        found = {}
        for name, role, statement in self.of_functions():
            if any("table/DirectoryTable" in str(each) for each in listed(statement["Resource"])):
                keys = [
                    key for operator, condition in statement["Condition"].items()
                    for key in condition["dynamodb:LeadingKeys"] if operator.startswith("ForAllValues:String")
                ]
                self.assertTrue(keys, (name, statement))
                found.setdefault(role.removeprefix("visage-Stage-"), set()).update(keys)
        self.assertEqual({role: sorted(keys) for role, keys in found.items()}, DIRECTORY)

    def test_the_key_of_patients_data_opens_nothing_without_a_clinic(self):
        wanted = {"Null": {"kms:EncryptionContext:clinic": "false"}}
        found = [
            statement for _, _, statement in self.of_functions() if "PhiKeyArn" in map(str, listed(statement["Resource"]))
        ]
        self.assertGreater(len(found), 30)
        for statement in found:
            self.assertEqual(statement.get("Condition"), wanted, statement)

    def of_functions(self):
        for name in every_template():
            for kind, properties in resources(name).values():
                if kind == "AWS::IAM::Role":
                    for statement in statements(properties):
                        if statement["Effect"] == "Allow" and "Resource" in statement:
                            yield name, properties["RoleName"], statement

    def test_nobody_unnamed_is_allowed_anything(self):
        everybody = {
            (name, statement.get("Sid"))
            for name, _, statement in self.allowed()
            if statement.get("Principal") == "*" or "*" in map(str, listed(statement.get("Principal", {}).get("AWS", [])))
        }
        self.assertEqual(everybody, EVERYBODY.keys())


class Api(unittest.TestCase):
    """A host name of the API's own"""

    DOMAIN = {"ApiDomainName": "origin.visage.example", "ApiCertificateArn": "arn:aws:acm:us-east-1:1:certificate/a"}

    def test_without_one_nothing_changes(self):
        kinds = {kind for kind, _ in resources("template").values()}
        self.assertFalse({"AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping"} & kinds)
        api, = of_type("AWS::ApiGatewayV2::Api", "template")
        self.assertNotIn("DisableExecuteApiEndpoint", api)

    def test_with_one_the_other_address_is_closed(self):
        api, = of_type("AWS::ApiGatewayV2::Api", "template", **self.DOMAIN)
        self.assertIs(api["DisableExecuteApiEndpoint"], True)
        domain, = of_type("AWS::ApiGatewayV2::DomainName", "template", **self.DOMAIN)
        self.assertEqual(domain["DomainNameConfigurations"][0]["SecurityPolicy"], "TLS_1_2")

    def test_name_and_certificate_come_together(self):
        given = {"Stage": "dev", "ApiDomainName": "", "ApiCertificateArn": ""}
        self.assertEqual(refused("template", **given), [])
        for name, value in self.DOMAIN.items():
            self.assertEqual(len(refused("template", **given | {name: value})), 1)
        self.assertEqual(refused("template", **given | self.DOMAIN), [])


class Identity(unittest.TestCase):
    """``infra/identity.yaml``"""

    def test_invitations_go_out_by_our_own_sender(self):
        staff, _ = of_type("AWS::Cognito::UserPool", "identity")
        sender = staff["EmailConfiguration"]
        self.assertEqual((sender["EmailSendingAccount"], sender["From"]), ("DEVELOPER", "care@visage.example"))
        self.assertTrue(sender["SourceArn"].endswith(":identity/visage.example"), sender)


class Organization(unittest.TestCase):
    """``infra/organization.yaml``"""

    def policy(self, **given) -> dict:
        return of_type("AWS::Organizations::Policy", "organization", **given)[0]

    def test_every_ai_service_is_opted_out_of(self):
        policy = self.policy(RootId="r-abcd")
        self.assertEqual((policy["Type"], policy["TargetIds"]), ("AISERVICES_OPT_OUT_POLICY", ["r-abcd"]))
        services = policy["Content"]["services"]
        # What isn't named is as the default says; one that is named could be opted in again.
        self.assertEqual(services.keys(), {"@@operators_allowed_for_child_policies", "default"})
        self.assertEqual(services["default"]["opt_out_policy"]["@@assign"], "optOut")

    def test_no_account_below_may_change_that(self):
        def levels(node: dict):
            yield node
            for each in node.values():
                if isinstance(each, dict):
                    yield from levels(each)

        levels_of_it = list(levels(self.policy()["Content"]["services"]))
        self.assertEqual(len(levels_of_it), 3)
        for level in levels_of_it:
            self.assertEqual(level["@@operators_allowed_for_child_policies"], ["@@none"], level)

    def test_it_outlives_its_stack(self):
        resource, = template("organization").resources().values()
        self.assertEqual((resource["DeletionPolicy"], resource["UpdateReplacePolicy"]), ("Retain", "Retain"))

    def test_it_is_for_a_root_a_unit_or_an_account(self):
        pattern = template("organization").body["Parameters"]["RootId"]["AllowedPattern"]
        for good in ("r-abcd", "ou-abcd-12345678", "123456789012"):
            self.assertTrue(re.fullmatch(pattern, good), good)
        for bad in ("", "*", "r-", "ou-abcd", "12345678901", "r-ABCD"):
            self.assertFalse(re.fullmatch(pattern, bad), bad)


class Edge(unittest.TestCase):
    """``infra/edge.yaml``"""

    NAMED = {"DomainName": "api.visage.example", "CertificateArn": "arn:aws:acm:us-east-1:1:certificate/a"}
    PROD = {"Stage": "prod", **NAMED}

    def distribution(self) -> dict:
        return of_type("AWS::CloudFront::Distribution", "edge", **self.PROD)[0]["DistributionConfig"]

    def firewall(self) -> dict:
        return of_type("AWS::WAFv2::WebACL", "edge", **self.PROD)[0]

    def test_prod_speaks_tls_1_3_only(self):
        self.assertEqual(refused("edge", **self.PROD), [])
        self.assertEqual(self.distribution()["ViewerCertificate"]["MinimumProtocolVersion"], "TLSv1.3_2025")
        self.assertEqual(len(refused("edge", **self.PROD, MinimumTls="TLSv1.2_2025")), 1)
        self.assertEqual(len(refused("edge", Stage="prod", DomainName="", CertificateArn="")), 1)
        self.assertEqual(refused("edge", Stage="dev", DomainName="", CertificateArn=""), [])

    def test_both_ways_are_encrypted_and_nothing_is_kept(self):
        behavior = self.distribution()["DefaultCacheBehavior"]
        self.assertEqual(behavior["ViewerProtocolPolicy"], "https-only")
        self.assertEqual(behavior["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
        origin, = self.distribution()["Origins"]
        self.assertEqual(origin["CustomOriginConfig"]["OriginProtocolPolicy"], "https-only")

    def test_the_api_hears_the_secret_and_the_address_and_not_the_host(self):
        for which in "ab":
            distribution, = of_type("AWS::CloudFront::Distribution", "edge", **self.PROD, OriginSecret=which)
            origin, = distribution["DistributionConfig"]["Origins"]
            secret = f"{{{{resolve:secretsmanager:OriginSecret{which.upper()}:SecretString}}}}"
            self.assertEqual(origin["OriginCustomHeaders"], [{"HeaderName": "x-origin-secret", "HeaderValue": secret}])
        policy, = of_type("AWS::CloudFront::OriginRequestPolicy", "edge")
        headers = policy["OriginRequestPolicyConfig"]["HeadersConfig"]
        self.assertEqual(headers, {"HeaderBehavior": "allExcept", "Headers": ["host"]})
        function, = of_type("AWS::CloudFront::Function", "edge")
        self.assertIn("headers['x-viewer-address'] = { value: event.viewer.ip }", function["FunctionCode"])
        association, = self.distribution()["DefaultCacheBehavior"]["FunctionAssociations"]
        self.assertEqual(association["EventType"], "viewer-request")

    def test_answers_tell_browsers_to_do_nothing_with_them(self):
        policy, = of_type("AWS::CloudFront::ResponseHeadersPolicy", "edge")
        headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        transport = {"AccessControlMaxAgeSec": 63072000, "IncludeSubdomains": True, "Preload": True, "Override": True}
        self.assertEqual(headers["StrictTransportSecurity"], transport)
        self.assertEqual(headers["FrameOptions"]["FrameOption"], "DENY")
        self.assertEqual(headers["ReferrerPolicy"]["ReferrerPolicy"], "no-referrer")
        self.assertTrue(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"].startswith("default-src 'none';"))
        self.assertIn("ContentTypeOptions", headers)

    def test_too_many_requests_are_blocked(self):
        rules = {rule["Name"]: rule for rule in self.firewall()["Rules"] if "RateBasedStatement" in rule["Statement"]}
        self.assertEqual(rules.keys(), {"too-many", "too-many-sign-ins", "too-many-starts"})
        for rule in rules.values():
            self.assertEqual(rule["Action"]["Block"]["CustomResponse"]["ResponseCode"], 429)
            self.assertEqual(rule["Statement"]["RateBasedStatement"]["AggregateKeyType"], "IP")
        self.assertNotIn("ScopeDownStatement", rules["too-many"]["Statement"]["RateBasedStatement"])
        paths = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]
        posts = [path for path, operations in paths.items() if "post" in operations]
        meant = {
            "too-many-sign-ins": ["/v1/operator-sessions", "/v1/sessions"],
            "too-many-starts": ["/v1/clinics/{slug}/intakes", "/v1/registrations"],
        }
        for name, expected in meant.items():
            method, path = rules[name]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]["AndStatement"]["Statements"]
            self.assertEqual(method["ByteMatchStatement"]["SearchString"], "POST")
            pattern = re.compile(path["RegexMatchStatement"]["RegexString"])
            self.assertEqual(sorted(filter(pattern.search, posts)), expected)

    def test_managed_rules_block_but_for_two_that_count(self):
        groups = [rule for rule in self.firewall()["Rules"] if "ManagedRuleGroupStatement" in rule["Statement"]]
        self.assertEqual({rule["Statement"]["ManagedRuleGroupStatement"]["Name"] for rule in groups}, {
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
        })
        counted = set()
        for rule in groups:
            self.assertEqual(rule["OverrideAction"], {"None": {}})
            counted |= {each["Name"] for each in rule["Statement"]["ManagedRuleGroupStatement"].get("RuleActionOverrides", [])}
        self.assertEqual(counted, {"SizeRestrictions_BODY", "CrossSiteScripting_BODY"})

    def test_no_log_holds_what_proves_who_somebody_is(self):
        source = (ROOT / "shared/platform/src/request.rs").read_text()
        ours = set(re.findall(r'pub const \w+_HEADER: &str = "([^"]+)"', source))
        secret = (ours - PUBLIC_HEADERS.keys()) | {"authorization", "cookie"}
        logging, = of_type("AWS::WAFv2::LoggingConfiguration", "edge")
        fields = logging["RedactedFields"]
        self.assertEqual({each["SingleHeader"]["Name"] for each in fields if "SingleHeader" in each}, secret)
        self.assertIn({"QueryString": {}}, fields)
        self.assertIn({"UriPath": {}}, fields)
        self.assertEqual(logging["LoggingFilter"]["DefaultBehavior"], "DROP")
        protected = [each["Field"] for each in self.firewall()["DataProtectionConfig"]["DataProtections"]]
        self.assertEqual({each["FieldType"] for each in protected}, {"BODY", "QUERY_STRING", "SINGLE_HEADER"})
        self.assertEqual({name for each in protected for name in each.get("FieldKeys", [])}, secret)
        views = [self.firewall()["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in self.firewall()["Rules"])]
        self.assertFalse(any(view["SampledRequestsEnabled"] for view in views))

    def test_the_access_log_tells_neither_who_nor_about_whom(self):
        delivery, = of_type("AWS::Logs::Delivery", "edge")
        self.assertFalse(TELLING & set(delivery["RecordFields"]))


class Trail(unittest.TestCase):
    """``infra/trail.yaml``"""

    def trail(self) -> dict:
        return of_type("AWS::CloudTrail::Trail", "trail", Stage="prod")[0]

    def selected(self, kind: str) -> list:
        """The beginnings of the names whose events are recorded, reading and writing."""
        found = []
        for selector in self.trail()["AdvancedEventSelectors"]:
            fields = {each["Field"]: each for each in selector["FieldSelectors"]}
            if fields.get("resources.type", {}).get("Equals") == [kind] and "readOnly" not in fields:
                found += fields["resources.ARN"]["StartsWith"]
        return found

    def test_every_bucket_table_and_stream_is_recorded(self):
        buckets = [each["BucketName"] for each in of_type("AWS::S3::Bucket", "data", Stage="prod")]
        tables = of_type("AWS::DynamoDB::Table", "data", Stage="prod")
        at = f"arn:aws:dynamodb:{templates.REGION}:{templates.ACCOUNT}:table/"
        self.assertGreaterEqual(len(buckets), 3)
        self.assertGreaterEqual(len(tables), 3)
        self.assertEqual(sorted(self.selected("AWS::S3::Object")), sorted(f"arn:aws:s3:::{name}/" for name in buckets))
        self.assertEqual(
            sorted(self.selected("AWS::DynamoDB::Table")), sorted(at + each["TableName"] for each in tables))
        streams = [at + each["TableName"] for each in tables if "StreamSpecification" in each]
        self.assertEqual(sorted(self.selected("AWS::DynamoDB::Stream")), sorted(streams))

    def test_no_bucket_or_table_is_declared_elsewhere(self):
        for name, each in every_template().items():
            kinds = {resource["Type"] for resource in each.resources().values()}
            if name not in ("data", "trail"):
                self.assertFalse({"AWS::S3::Bucket", "AWS::DynamoDB::Table"} & kinds, name)

    def test_every_management_event_is_recorded_those_of_keys_too(self):
        management = [
            selector["FieldSelectors"]
            for selector in self.trail()["AdvancedEventSelectors"]
            if selector["FieldSelectors"][0]["Equals"] == ["Management"]
        ]
        self.assertEqual(management, [[{"Field": "eventCategory", "Equals": ["Management"]}]])

    def test_files_are_validated_encrypted_and_of_all_regions(self):
        trail = self.trail()
        for name in ("EnableLogFileValidation", "IncludeGlobalServiceEvents", "IsLogging", "IsMultiRegionTrail"):
            self.assertIs(trail[name], True, name)
        self.assertIn("KMSKeyId", trail)

    def test_the_trail_is_locked_for_six_years(self):
        def retention(**given):
            bucket, = of_type("AWS::S3::Bucket", "trail", **given)
            self.assertEqual(bucket["VersioningConfiguration"]["Status"], "Enabled")
            return bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"], bucket["LifecycleConfiguration"]["Rules"]

        lock, rules = retention(Stage="prod")
        self.assertEqual(lock["Mode"], "GOVERNANCE")
        self.assertGreaterEqual(lock["Days"], SIX_YEARS)
        self.assertGreater(min(rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule), lock["Days"])
        self.assertEqual(retention(Stage="prod", ConfirmIrreversible="yes")[0]["Mode"], "COMPLIANCE")
        self.assertEqual(retention(Stage="dev", ConfirmIrreversible="yes")[0]["Mode"], "GOVERNANCE")
        self.assertEqual(len(refused("trail", Stage="dev", ConfirmIrreversible="yes")), 1)
        self.assertEqual(refused("trail", Stage="prod", ConfirmIrreversible="yes"), [])

    def test_every_filter_is_short_enough_and_has_its_alarm(self):
        filters = of_type("AWS::Logs::MetricFilter", "trail", Stage="staging")
        for each in filters:
            # A real key's ARN is 75 characters.
            self.assertLessEqual(len(each["FilterPattern"]) + 75, 1024)
            self.assertEqual(each["FilterPattern"].count("("), each["FilterPattern"].count(")"))
        counted = {each["MetricTransformations"][0]["MetricName"] for each in filters}
        alarms = of_type("AWS::CloudWatch::Alarm", "trail", Stage="staging")
        self.assertEqual({each["MetricName"] for each in alarms} - {"IncomingLogEvents"}, counted)
        namespaces = {each["MetricTransformations"][0]["MetricNamespace"] for each in filters}
        self.assertEqual({each["Namespace"] for each in alarms}, namespaces | {"AWS/Logs"})

    def counted(self, event: dict, user: dict) -> set:
        """The metrics that count an event of somebody."""
        key = "arn:aws:kms:us-east-1:000000000000:key/phi"
        filters = of_type("AWS::Logs::MetricFilter", "trail", Stage="prod", PhiKeyArn=key)
        event = {"eventType": "AwsApiCall", "sourceIPAddress": "192.0.2.1", **event, "userIdentity": user}
        found = [each["MetricTransformations"] for each in filters if matches(each["FilterPattern"], event)]
        return {metric["MetricName"] for metrics in found for metric in metrics}

    @staticmethod
    def role(name: str, account: str = templates.ACCOUNT) -> dict:
        issuer = {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{name}"}
        return {"type": "AssumedRole", "accountId": account, "sessionContext": {"sessionIssuer": issuer}}

    PERSON = {"type": "IAMUser", "accountId": templates.ACCOUNT, "arn": "arn:aws:iam::000000000000:user/ada"}
    SERVICE = {"type": "AWSService", "invokedBy": "dynamodb.amazonaws.com"}
    DATA = {"eventCategory": "Data", "eventSource": "s3.amazonaws.com", "eventName": "GetObject"}
    PHOTO = {**DATA, "requestParameters": {"bucketName": "visage-prod-photos-000000000000"}}

    def test_people_who_touch_data_are_told_of_and_functions_are_not(self):
        item = {"eventCategory": "Data", "eventSource": "dynamodb.amazonaws.com", "eventName": "Query"}
        for event in (self.PHOTO, item):
            self.assertEqual(self.counted(event, self.role("visage-prod-open_evaluation")), set())
            self.assertEqual(self.counted(event, self.SERVICE), set())
            people = [self.PERSON, self.role("Administrator"), self.role("visage-dev-open_evaluation")]
            for user in [*people, self.role("visage-prod-open_evaluation", "111111111111"), {}]:
                self.assertEqual(self.counted(event, user), {"HumanAccess"}, user)
            self.assertEqual(self.counted({**event, "errorCode": "AccessDenied"}, self.PERSON), {"HumanAccess"})

    def test_a_stranger_who_is_refused_is_none_and_one_who_is_let_in_is(self):
        for name in ("ANONYMOUS_PRINCIPAL", "anonymous"):
            stranger = {"type": "AWSAccount", "accountId": name}
            self.assertEqual(self.counted({**self.PHOTO, "errorCode": "AccessDenied"}, stranger), set())
            self.assertEqual(self.counted(self.PHOTO, stranger), {"HumanAccess"})

    def test_reading_the_trail_is_no_access_to_data(self):
        event = {**self.DATA, "requestParameters": {"bucketName": "visage-prod-trail-000000000000"}}
        self.assertEqual(self.counted(event, self.PERSON), set())

    def test_the_key_of_data_and_copies_of_tables_are_told_of(self):
        def use(name: str) -> dict:
            key = {"type": "AWS::KMS::Key", "ARN": f"arn:aws:kms:us-east-1:000000000000:key/{name}"}
            return {"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "resources": [key]}

        self.assertEqual(self.counted(use("phi"), self.role("visage-prod-open_evaluation")), set())
        self.assertEqual(self.counted(use("phi"), self.role("Administrator")), {"HumanAccess"})
        self.assertEqual(self.counted(use("other"), self.role("Administrator")), set())
        copy = {"eventSource": "dynamodb.amazonaws.com", "eventName": "RestoreTableToPointInTime"}
        self.assertEqual(self.counted(copy, self.PERSON), {"HumanAccess"})

    def test_changes_of_what_protects_and_watches_are_told_of(self):
        def change(source: str, name: str, **parameters) -> dict:
            return {"eventSource": f"{source}.amazonaws.com", "eventName": name, "requestParameters": parameters}

        cases = [
            (change("s3", "PutBucketPolicy", bucketName="visage-prod-photos-0"), {"ProtectionChanged"}),
            (change("s3", "PutBucketPolicy", bucketName="somebody-elses"), set()),
            (change("s3", "PutAccountPublicAccessBlock"), {"ProtectionChanged"}),
            (change("kms", "PutKeyPolicy"), {"ProtectionChanged"}),
            (change("kms", "ScheduleKeyDeletion"), {"ProtectionChanged"}),
            (change("dynamodb", "DeleteResourcePolicy"), {"ProtectionChanged"}),
            (change("cloudtrail", "StopLogging"), {"TrailChanged"}),
            (change("guardduty", "DeleteDetector"), {"TrailChanged"}),
            (change("logs", "DeleteMetricFilter", logGroupName="visage-prod-trail"), {"TrailChanged"}),
            (change("logs", "DeleteLogGroup", logGroupName="visage-prod-other"), set()),
            (change("monitoring", "DisableAlarmActions"), {"TrailChanged"}),
            (change("lambda", "UpdateFunctionCode20150331v2", functionName="visage-prod-get_form"), {"ChangedByHand"}),
            (change("iam", "PutRolePolicy", roleName="visage-prod-get_form"), {"ChangedByHand"}),
            (change("iam", "CreateRole", roleName="visage-prod-backdoor"), {"ChangedByHand"}),
            (change("iam", "PutRolePolicy", roleName="Administrator"), set()),
            (change("s3", "ListBuckets"), set()),
        ]
        for event, expected in cases:
            self.assertEqual(self.counted(event, self.PERSON), expected, event)
            if expected == {"ChangedByHand"}:
                event["sourceIPAddress"] = "cloudformation.amazonaws.com"
                self.assertEqual(self.counted(event, self.PERSON), set())

    def test_threats_are_detected_unless_the_organization_does(self):
        for given in ({}, {"GuardDuty": "true"}):
            detector, = of_type("AWS::GuardDuty::Detector", "trail", Stage="prod", **given)
            self.assertIs(detector["Enable"], True)
            self.assertEqual(detector["FindingPublishingFrequency"], "FIFTEEN_MINUTES")
            self.assertIn({"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}, detector["Features"])
        self.assertEqual(of_type("AWS::GuardDuty::Detector", "trail", Stage="prod", GuardDuty="false"), [])
        self.assertEqual(template("trail").body["Parameters"]["GuardDuty"]["AllowedValues"], ["true", "false"])

    def test_what_is_found_is_told_of_whoever_turned_that_on(self):
        for given in ("true", "false"):
            rule, = of_type("AWS::Events::Rule", "trail", Stage="prod", GuardDuty=given)
            self.assertEqual(rule["EventPattern"], {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]})
            counted = [
                each for each in of_type("AWS::Logs::MetricFilter", "trail", Stage="prod", GuardDuty=given)
                if each["LogGroupName"] == "Findings"
            ]
            self.assertEqual(len(counted), 1)
            for severity, is_told in ((3.9, False), (4, True), (8.9, True)):
                self.assertIs(matches(counted[0]["FilterPattern"], {"detail": {"severity": severity}}), is_told, severity)

    def test_the_root_is_told_of(self):
        root = {"type": "Root", "accountId": templates.ACCOUNT}
        self.assertEqual(self.counted({"eventName": "ConsoleLogin", "eventType": "AwsConsoleSignIn"}, root), {"RootUsed"})
        self.assertEqual(self.counted(self.PHOTO, root), {"RootUsed", "HumanAccess"})
        self.assertEqual(self.counted({"eventType": "AwsServiceEvent"}, root), set())

    def test_only_functions_are_named_like_functions(self):
        for name, each in every_template().items():
            for kind, role in resources(name, Stage="prod").values():
                if kind == "AWS::IAM::Role" and role["RoleName"].startswith("visage-prod-"):
                    service = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
                    self.assertIn(service, ("lambda.amazonaws.com", "scheduler.amazonaws.com"), role["RoleName"])


if __name__ == "__main__":
    unittest.main()
