"""What a deployed resource really is, read through public AWS calls and told in the words of its template.

A reader takes (clients, physical id, declared properties) and answers properties; only declared ones are compared.
"""

import describe_data
from reading import document, optional, tag_list, tail


def user_pool(clients, name: str, declared: dict) -> dict:
    """AWS::Cognito::UserPool"""
    client = clients("cognito-idp")
    actual = client.describe_user_pool(UserPoolId=name)["UserPool"]
    factors = client.get_user_pool_mfa_config(UserPoolId=name)
    enabled = ["SOFTWARE_TOKEN_MFA"] if factors.get("SoftwareTokenMfaConfiguration", {}).get("Enabled") else []
    enabled += ["SMS_MFA"] if "SmsMfaConfiguration" in factors else []
    return {
        **actual,
        "UserPoolName": actual["Name"],
        "MfaConfiguration": factors.get("MfaConfiguration"),
        "EnabledMfas": enabled,
        "Schema": [each for each in actual.get("SchemaAttributes", [])
                   if each["Name"] in {wanted["Name"] for wanted in declared.get("Schema", [])}],
    }


def user_pool_client(clients, name: str, declared: dict) -> dict:
    """AWS::Cognito::UserPoolClient"""
    pool = declared["UserPoolId"]
    actual = clients("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=name)["UserPoolClient"]
    return {**actual, "GenerateSecret": "ClientSecret" in actual}


def function(clients, name: str, declared: dict) -> dict:
    """AWS::Lambda::Function"""
    client = clients("lambda")
    actual = client.get_function(FunctionName=name)
    reserved = optional(client.get_function_concurrency, FunctionName=name)
    loop = client.get_function_recursion_config(FunctionName=name) if "RecursiveLoop" in declared else {}
    return {
        **actual["Configuration"],
        "ReservedConcurrentExecutions": reserved.get("ReservedConcurrentExecutions"),
        "RecursiveLoop": loop.get("RecursiveLoop"),
        "Tags": tag_list(actual.get("Tags", {})),
    }


def permission(clients, _name: str, declared: dict) -> dict:
    """AWS::Lambda::Permission: the statement that allows the declared call."""
    answer = optional(clients("lambda").get_policy, FunctionName=declared["FunctionName"])
    for statement in document(answer.get("Policy")).get("Statement", []):
        conditions = statement.get("Condition", {})
        actual = {
            "Action": statement["Action"],
            "FunctionName": declared["FunctionName"],
            "Principal": statement["Principal"].get("Service"),
            "SourceArn": conditions.get("ArnLike", {}).get("AWS:SourceArn"),
            "SourceAccount": conditions.get("StringEquals", {}).get("AWS:SourceAccount"),
        }
        if all(actual.get(name) == value for name, value in declared.items()):
            return actual
    return {}


def event_source(clients, name: str, declared: dict) -> dict:
    """AWS::Lambda::EventSourceMapping"""
    actual = clients("lambda").get_event_source_mapping(UUID=name)
    return {**actual, "FunctionName": actual["FunctionArn"], "Enabled": actual["State"] in ("Enabled", "Enabling")}


def role(clients, name: str, declared: dict) -> dict:
    """AWS::IAM::Role"""
    client = clients("iam")
    actual = client.get_role(RoleName=name)["Role"]
    inline = [client.get_role_policy(RoleName=name, PolicyName=each)
              for each in client.list_role_policies(RoleName=name)["PolicyNames"]]
    attached = client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        **actual,
        "AssumeRolePolicyDocument": document(actual["AssumeRolePolicyDocument"]),
        "Policies": [{"PolicyName": each["PolicyName"], "PolicyDocument": document(each["PolicyDocument"])}
                     for each in inline],
        "ManagedPolicyArns": [each["PolicyArn"] for each in attached],
        "PermissionsBoundary": actual.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
    }


def api(clients, name: str, declared: dict) -> dict:
    """AWS::ApiGatewayV2::Api"""
    return clients("apigatewayv2").get_api(ApiId=name)


def stage(clients, _name: str, declared: dict) -> dict:
    """AWS::ApiGatewayV2::Stage"""
    api_id = declared["ApiId"]
    return {"ApiId": api_id, **clients("apigatewayv2").get_stage(ApiId=api_id, StageName=declared["StageName"])}


def integration(clients, name: str, declared: dict) -> dict:
    """AWS::ApiGatewayV2::Integration"""
    api_id = declared["ApiId"]
    return {"ApiId": api_id, **clients("apigatewayv2").get_integration(ApiId=api_id, IntegrationId=tail(name))}


def route(clients, name: str, declared: dict) -> dict:
    """AWS::ApiGatewayV2::Route"""
    api_id = declared["ApiId"]
    return {"ApiId": api_id, **clients("apigatewayv2").get_route(ApiId=api_id, RouteId=tail(name))}


def alarm(clients, name: str, declared: dict) -> dict:
    """AWS::CloudWatch::Alarm"""
    return next(iter(clients("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]), {})


def dashboard(clients, name: str, declared: dict) -> dict:
    """AWS::CloudWatch::Dashboard"""
    return clients("cloudwatch").get_dashboard(DashboardName=name)


def topic(clients, arn: str, declared: dict) -> dict:
    """AWS::SNS::Topic"""
    return {**clients("sns").get_topic_attributes(TopicArn=arn)["Attributes"], "TopicName": arn.rsplit(":", 1)[1]}


def topic_policy(clients, _name: str, declared: dict) -> dict:
    """AWS::SNS::TopicPolicy: the same policy on each of its topics."""
    policies = [document(clients("sns").get_topic_attributes(TopicArn=each)["Attributes"].get("Policy"))
                for each in declared["Topics"]]
    same = all(each == policies[0] for each in policies)
    return {"Topics": declared["Topics"], "PolicyDocument": policies[0] if same else {}}


def subscription(clients, arn: str, declared: dict) -> dict:
    """AWS::SNS::Subscription"""
    return clients("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def mail_settings(clients, name: str, declared: dict) -> dict:
    """AWS::SES::ConfigurationSet"""
    actual = clients("sesv2").get_configuration_set(ConfigurationSetName=declared["Name"])
    return {"Name": actual["ConfigurationSetName"], **actual}


def schedule(clients, name: str, declared: dict) -> dict:
    """AWS::Scheduler::Schedule"""
    return clients("scheduler").get_schedule(Name=name)


def nested_stack(clients, arn: str, declared: dict) -> dict:
    """AWS::CloudFormation::Stack"""
    actual = clients("cloudformation").describe_stacks(StackName=arn)["Stacks"][0]
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in actual.get("Parameters", [])}
    return {"Parameters": parameters, "Tags": actual.get("Tags", [])}


READERS = {
    **describe_data.READERS,
    "AWS::ApiGatewayV2::Api": api,
    "AWS::ApiGatewayV2::Integration": integration,
    "AWS::ApiGatewayV2::Route": route,
    "AWS::ApiGatewayV2::Stage": stage,
    "AWS::CloudFormation::Stack": nested_stack,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::Dashboard": dashboard,
    "AWS::Cognito::UserPool": user_pool,
    "AWS::Cognito::UserPoolClient": user_pool_client,
    "AWS::IAM::Role": role,
    "AWS::Lambda::EventSourceMapping": event_source,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::Permission": permission,
    "AWS::SES::ConfigurationSet": mail_settings,
    "AWS::Scheduler::Schedule": schedule,
    "AWS::SNS::Subscription": subscription,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::TopicPolicy": topic_policy,
}
