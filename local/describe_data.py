"""Tables, buckets, queues, keys and log groups as they really are, in the words of their templates.

A reader takes (clients, physical id, declared properties) and answers properties; only declared ones are compared.
"""

from reading import document, optional, tag_list


def table(clients, name: str, declared: dict) -> dict:
    """AWS::DynamoDB::Table"""
    client = clients("dynamodb")
    actual = client.describe_table(TableName=name)["Table"]
    backups = optional(client.describe_continuous_backups, TableName=name).get("ContinuousBackupsDescription", {})
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    policy = optional(client.get_resource_policy, ResourceArn=actual["TableArn"]).get("Policy")
    ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    encryption = actual.get("SSEDescription") or {}
    stream = actual.get("StreamSpecification") or {}
    return {
        **actual,
        "BillingMode": actual.get("BillingModeSummary", {}).get("BillingMode"),
        "StreamSpecification": {"StreamViewType": stream.get("StreamViewType")},
        "SSESpecification": {
            "SSEEnabled": encryption.get("Status") == "ENABLED",
            "SSEType": encryption.get("SSEType"),
            "KMSMasterKeyId": encryption.get("KMSMasterKeyArn"),
        },
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
            "RecoveryPeriodInDays": recovery.get("RecoveryPeriodInDays"),
        },
        "TimeToLiveSpecification": {
            "AttributeName": ttl.get("AttributeName"),
            "Enabled": ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING"),
        },
        "ResourcePolicy": {"PolicyDocument": document(policy)},
        "Tags": client.list_tags_of_resource(ResourceArn=actual["TableArn"])["Tags"],
    }


def bucket(clients, name: str, declared: dict) -> dict:
    """AWS::S3::Bucket"""
    client = clients("s3")
    encryption = optional(client.get_bucket_encryption, Bucket=name).get("ServerSideEncryptionConfiguration", {})
    ownership = optional(client.get_bucket_ownership_controls, Bucket=name).get("OwnershipControls", {})
    rules = optional(client.get_bucket_lifecycle_configuration, Bucket=name).get("Rules", [])
    cors = optional(client.get_bucket_cors, Bucket=name).get("CORSRules", [])
    return {
        "BucketName": name,
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": rule.get("ApplyServerSideEncryptionByDefault"),
             "BucketKeyEnabled": rule.get("BucketKeyEnabled")}
            for rule in encryption.get("Rules", [])
        ]},
        "VersioningConfiguration": client.get_bucket_versioning(Bucket=name),
        "PublicAccessBlockConfiguration": optional(client.get_public_access_block, Bucket=name).get(
            "PublicAccessBlockConfiguration", {}),
        "OwnershipControls": ownership,
        "LifecycleConfiguration": {"Rules": [lifecycle_rule_back(each) for each in rules]},
        "CorsConfiguration": {"CorsRules": [
            {"Id": rule.get("ID"), "MaxAge": rule.get("MaxAgeSeconds"), "ExposedHeaders": rule.get("ExposeHeaders"),
             **{key: rule.get(key) for key in ("AllowedHeaders", "AllowedMethods", "AllowedOrigins")}}
            for rule in cors
        ]},
        "NotificationConfiguration": notifications(client.get_bucket_notification_configuration(Bucket=name)),
        "Tags": optional(client.get_bucket_tagging, Bucket=name).get("TagSet", []),
    }


def notifications(actual: dict) -> dict:
    """A bucket's queue notifications: the template has one entry per event, with upper-case filter names."""
    return {
        "QueueConfigurations": [
            {
                "Event": event,
                "Queue": each["QueueArn"],
                "Filter": {"S3Key": {"Rules": [
                    {"Name": rule["Name"].lower(), "Value": rule["Value"]}
                    for rule in each.get("Filter", {}).get("Key", {}).get("FilterRules", [])
                ]}},
            }
            for each in actual.get("QueueConfigurations", [])
            for event in each["Events"]
        ]
    }


def lifecycle_rule(rule: dict) -> dict:
    """A template's lifecycle rule as the API takes it."""
    made = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    expiration = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = rule["ExpiredObjectDeleteMarker"]
    if expiration:
        made["Expiration"] = expiration
    for key in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if key in rule:
            made[key] = {name: int(value) for name, value in rule[key].items()}
    return made


def lifecycle_rule_back(rule: dict) -> dict:
    """The API's lifecycle rule as a template's."""
    expiration = rule.get("Expiration", {})
    return {
        "Id": rule.get("ID"),
        "Status": rule["Status"],
        "Prefix": rule.get("Filter", {}).get("Prefix", rule.get("Prefix", "")),
        "ExpirationInDays": expiration.get("Days"),
        "ExpiredObjectDeleteMarker": expiration.get("ExpiredObjectDeleteMarker"),
        "NoncurrentVersionExpiration": rule.get("NoncurrentVersionExpiration"),
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
    }


def bucket_policy(clients, _name: str, declared: dict) -> dict:
    """AWS::S3::BucketPolicy"""
    answer = optional(clients("s3").get_bucket_policy, Bucket=declared["Bucket"])
    return {"Bucket": declared["Bucket"], "PolicyDocument": document(answer.get("Policy"))}


def queue(clients, url: str, declared: dict) -> dict:
    """AWS::SQS::Queue"""
    client = clients("sqs")
    actual = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    for name in ("RedrivePolicy", "RedriveAllowPolicy"):
        actual[name] = document(actual.get(name))
    tags = client.list_queue_tags(QueueUrl=url).get("Tags", {})
    return {**actual, "QueueName": url.rsplit("/", 1)[1], "Tags": tag_list(tags)}


def queue_policy(clients, _name: str, declared: dict) -> dict:
    """AWS::SQS::QueuePolicy: the same policy on each of its queues."""
    read = clients("sqs").get_queue_attributes
    answers = [read(QueueUrl=url, AttributeNames=["Policy"]) for url in declared["Queues"]]
    policies = [document(each.get("Attributes", {}).get("Policy")) for each in answers]
    same = all(each == policies[0] for each in policies)
    return {"Queues": declared["Queues"], "PolicyDocument": policies[0] if same else {}}


def key(clients, name: str, declared: dict) -> dict:
    """AWS::KMS::Key"""
    client = clients("kms")
    actual = client.describe_key(KeyId=name)["KeyMetadata"]
    rotation = client.get_key_rotation_status(KeyId=name)
    tags = client.list_resource_tags(KeyId=name).get("Tags", [])
    return {
        **actual,
        "KeyPolicy": document(client.get_key_policy(KeyId=name, PolicyName="default")["Policy"]),
        "EnableKeyRotation": rotation["KeyRotationEnabled"],
        "RotationPeriodInDays": rotation.get("RotationPeriodInDays"),
        "Tags": [{"Key": each["TagKey"], "Value": each["TagValue"]} for each in tags],
    }


def alias(clients, name: str, declared: dict) -> dict:
    """AWS::KMS::Alias"""
    client = clients("kms")
    target = client.describe_key(KeyId=name)["KeyMetadata"]
    wanted = client.describe_key(KeyId=declared["TargetKeyId"])["KeyMetadata"]
    same = target["KeyId"] == wanted["KeyId"]
    return {"AliasName": name, "TargetKeyId": declared["TargetKeyId"] if same else target["KeyId"]}


def log_group(clients, name: str, declared: dict) -> dict:
    """AWS::Logs::LogGroup"""
    groups = clients("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    actual = next(each for each in groups if each["logGroupName"] == name)
    return {
        "LogGroupName": name,
        "RetentionInDays": actual.get("retentionInDays"),
        "KmsKeyId": actual.get("kmsKeyId"),
        "LogGroupClass": actual.get("logGroupClass"),
    }


READERS = {
    "AWS::DynamoDB::Table": table,
    "AWS::KMS::Alias": alias,
    "AWS::KMS::Key": key,
    "AWS::Logs::LogGroup": log_group,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::SQS::Queue": queue,
    "AWS::SQS::QueuePolicy": queue_policy,
}
