"""The properties that the emulator's CloudFormation leaves out, each applied by the public call made for it."""

import json

from describe_data import lifecycle_rule
from templates import truth


def apply_api_cors(clients, name: str, declared: dict) -> None:
    """Which origins may call the API."""
    wanted = declared["CorsConfiguration"]
    made = typed(wanted, AllowCredentials=truth, MaxAge=int)
    clients("apigatewayv2").update_api(ApiId=name, CorsConfiguration=made)


def apply_route_settings(clients, _name: str, declared: dict) -> None:
    """Throttling and metrics of a stage's routes."""
    wanted = declared["DefaultRouteSettings"]
    kinds = {"ThrottlingRateLimit": float, "ThrottlingBurstLimit": int, "DetailedMetricsEnabled": truth}
    clients("apigatewayv2").update_stage(
        ApiId=declared["ApiId"], StageName=declared["StageName"], DefaultRouteSettings=typed(wanted, **kinds))


def apply_recursion(clients, name: str, declared: dict) -> None:
    """Whether a function may hand work to itself as often as it likes."""
    clients("lambda").put_function_recursion_config(FunctionName=name, RecursiveLoop=declared["RecursiveLoop"])


def apply_table_policy(clients, name: str, declared: dict) -> None:
    """Who may do what with a table, whatever their own policies say."""
    arn = clients("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]
    document = json.dumps(declared["ResourcePolicy"]["PolicyDocument"])
    clients("dynamodb").put_resource_policy(ResourceArn=arn, Policy=document)


def apply_table_encryption(clients, name: str, declared: dict) -> None:
    """The table's customer key."""
    wanted = declared["SSESpecification"]
    made = {"Enabled": truth(wanted["SSEEnabled"]), "SSEType": wanted.get("SSEType", "KMS")}
    if "KMSMasterKeyId" in wanted:
        made["KMSMasterKeyId"] = wanted["KMSMasterKeyId"]
    clients("dynamodb").update_table(TableName=name, SSESpecification=made)


def apply_recovery(clients, name: str, declared: dict) -> None:
    """Point-in-time recovery."""
    wanted = declared["PointInTimeRecoverySpecification"]
    made = typed(wanted, PointInTimeRecoveryEnabled=truth, RecoveryPeriodInDays=int)
    clients("dynamodb").update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=made)


def apply_ttl(clients, name: str, declared: dict) -> None:
    """The attribute after whose time items vanish."""
    wanted = declared["TimeToLiveSpecification"]
    clients("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=typed(wanted, Enabled=truth))


def apply_bucket_encryption(clients, name: str, declared: dict) -> None:
    """Default encryption."""
    wanted = declared["BucketEncryption"]
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": truth(rule.get("BucketKeyEnabled", False)),
        }
        for rule in wanted["ServerSideEncryptionConfiguration"]
    ]
    clients("s3").put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def apply_lifecycle(clients, name: str, declared: dict) -> None:
    """Expiry of objects and versions."""
    wanted = declared["LifecycleConfiguration"]
    rules = [lifecycle_rule(each) for each in wanted["Rules"]]
    clients("s3").put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def apply_topic_key(clients, arn: str, declared: dict) -> None:
    """The key that encrypts a topic's messages."""
    value = declared["KmsMasterKeyId"]
    clients("sns").set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=value)


def typed(wanted: dict, **kinds) -> dict:
    """A map of settings with numbers and booleans as the API takes them; templates may write them as strings."""
    return {name: kinds[name](value) if name in kinds else value for name, value in wanted.items()}


APPLY = {
    ("AWS::ApiGatewayV2::Api", "CorsConfiguration"): apply_api_cors,
    ("AWS::ApiGatewayV2::Stage", "DefaultRouteSettings"): apply_route_settings,
    ("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification"): apply_recovery,
    ("AWS::DynamoDB::Table", "ResourcePolicy"): apply_table_policy,
    ("AWS::DynamoDB::Table", "SSESpecification"): apply_table_encryption,
    ("AWS::DynamoDB::Table", "TimeToLiveSpecification"): apply_ttl,
    ("AWS::Lambda::Function", "RecursiveLoop"): apply_recursion,
    ("AWS::S3::Bucket", "BucketEncryption"): apply_bucket_encryption,
    ("AWS::S3::Bucket", "LifecycleConfiguration"): apply_lifecycle,
    ("AWS::SNS::Topic", "KmsMasterKeyId"): apply_topic_key,
}
