//! What functions may do: what their policies name, and the rest is refused, by IAM and not by us.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::Visage;
use visage_tests::aws::{Aws, elements};

/// The account of the local AWS.
const ACCOUNT: &str = "000000000000";
/// A key that nothing has.
const NOTHING: &str = "probe";
/// The functions that read what the audit log says, beside all that append to it.
const READS_THE_LOG: [&str; 2] = ["compile_access_review", "get_break_glass"];

/// The statements of the policies of a function's role.
fn statements(visage: &Visage, role: &str) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let listed = visage.aws.iam("ListRolePolicies", &[("RoleName", role)])?;
    for name in elements(&listed, "member") {
        let answer = visage.aws.iam("GetRolePolicy", &[("RoleName", role), ("PolicyName", &name)])?;
        let document = elements(&answer, "PolicyDocument").pop().context("a policy has a document")?;
        let document = document.replace("&quot;", "\"").replace("&amp;", "&");
        let policy: Value = serde_json::from_str(&document)
            .or_else(|_| serde_json::from_str(&unescape(&document)))
            .with_context(|| document.clone())?;
        all.extend(policy["Statement"].as_array().cloned().unwrap_or_default());
    }
    Ok(all)
}

/// The texts of what a statement has one or several of.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

#[test]
fn no_role_may_scan_or_do_everything() -> Result<()> {
    let visage = Visage::connect()?;
    for (operation, role) in &visage.stack.functions {
        let statements = statements(&visage, role)?;
        ensure!(!statements.is_empty(), "{operation} has no policy");
        for statement in statements {
            for action in texts(&statement["Action"]) {
                ensure!(!action.contains('*'), "{operation} may {action}");
                ensure!(action != "dynamodb:Scan", "{operation} may scan");
                if action.starts_with("dynamodb:") && statement.to_string().contains("audit") {
                    let reads = READS_THE_LOG.contains(&operation.as_str()) && action == "dynamodb:Query";
                    ensure!(
                        reads || action == "dynamodb:PutItem",
                        "{operation} may {action} on the audit log"
                    );
                }
            }
        }
    }
    Ok(())
}

/// A call that changes nothing, whoever may make it.
struct Probe {
    action: &'static str,
    resource: String,
    /// The operation, and what it is asked; none: an object of a bucket is read.
    call: Option<(&'static str, Value)>,
}

impl Probe {
    /// Everything that is tried.
    fn all(visage: &Visage) -> Result<Vec<Self>> {
        let (stack, mut all) = (&visage.stack, Vec::new());
        let arn = |service: &str, rest: &str| format!("arn:aws:{service}:{}:{ACCOUNT}:{rest}", stack.region);
        let mut probe = |action, resource, target, input| {
            all.push(Self { action, resource, call: Some((target, input)) });
        };
        for table in stack.tables.values() {
            let resource = arn("dynamodb", &format!("table/{table}"));
            let key = json!({ "pk": { "S": NOTHING }, "sk": { "S": NOTHING } });
            let one = json!({ "TableName": table, "Key": key });
            let query = json!({
                "TableName": table, "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": { ":pk": { "S": NOTHING } },
            });
            let (exists, write) = ("attribute_exists(pk)", "SET probed = pk");
            let put = json!({ "TableName": table, "Item": key, "ConditionExpression": exists });
            let mut update = one.clone();
            update["ConditionExpression"] = json!(exists);
            update["UpdateExpression"] = json!(write);
            for (action, target, input) in [
                ("dynamodb:PutItem", "DynamoDB_20120810.PutItem", &put),
                ("dynamodb:UpdateItem", "DynamoDB_20120810.UpdateItem", &update),
                ("dynamodb:GetItem", "DynamoDB_20120810.GetItem", &one),
                ("dynamodb:DeleteItem", "DynamoDB_20120810.DeleteItem", &one),
                ("dynamodb:Query", "DynamoDB_20120810.Query", &query),
                ("dynamodb:Scan", "DynamoDB_20120810.Scan", &json!({ "TableName": table, "Limit": 1 })),
                ("dynamodb:DescribeTable", "DynamoDB_20120810.DescribeTable", &json!({ "TableName": table })),
            ] {
                probe(action, resource.clone(), target, input.clone());
            }
        }
        for url in stack.queues.values().flat_map(|queue| queue.url.iter().chain(&queue.dlq_url)) {
            let name = url.rsplit('/').next().unwrap_or_default();
            let input = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
            probe("sqs:GetQueueAttributes", arn("sqs", name), "AmazonSQS.GetQueueAttributes", input);
        }
        for pool in stack.pools.values().map(|pool| &pool.pool_id) {
            let input = json!({ "UserPoolId": pool, "Username": NOTHING });
            let target = "AWSCognitoIdentityProviderService.AdminGetUser";
            let resource = arn("cognito-idp", &format!("userpool/{pool}"));
            probe("cognito-idp:AdminGetUser", resource, target, input);
        }
        for bucket in stack.buckets.values() {
            let resource = format!("arn:aws:s3:::{bucket}/{NOTHING}");
            all.push(Self { action: "s3:GetObject", resource, call: None });
        }
        Ok(all)
    }

    /// Whether somebody with these keys is let through.
    fn is_let_through(&self, aws: &Aws) -> Result<bool> {
        let answer = match &self.call {
            Some((target, input)) => {
                aws.ask(self.action.split(':').next().unwrap_or_default(), target, input)?
            }
            None => {
                let path = self.resource.replace("arn:aws:s3:::", "/");
                aws.send("s3", "GET", &path, &[], Vec::new())?
            }
        };
        let text = answer.text();
        if text.contains("AccessDenied") {
            return Ok(false);
        }
        // There is nothing of that name, which is only said to who may ask.
        let is_missing = ["UserNotFound", "ConditionalCheckFailed"].iter().any(|it| text.contains(it));
        let is_heard = matches!(answer.status, 200 | 404) || is_missing;
        ensure!(is_heard, "{} answered {}: {text}", self.action, answer.status);
        Ok(true)
    }

    /// Whether a role with these statements may make the call; none where a condition decides.
    fn is_named_by(&self, statements: &[Value]) -> Option<bool> {
        let covers = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => self.resource.starts_with(start),
            None => self.resource == pattern,
        };
        let named: Vec<_> = statements
            .iter()
            .filter(|it| it["Effect"] == "Allow" && texts(&it["Action"]).contains(&self.action))
            .filter(|it| texts(&it["Resource"]).into_iter().any(covers))
            .collect();
        match named.iter().all(|it| it.get("Condition").is_none()) {
            true => Some(!named.is_empty()),
            false => None,
        }
    }
}

#[test]
fn what_a_functions_policy_does_not_name_it_is_refused() -> Result<()> {
    let visage = Visage::connect()?;
    let (mut refused, mut let_through) = (0, 0);
    for (operation, role) in &visage.stack.functions {
        let (aws, statements) =
            (visage.aws.assume(&format!("arn:aws:iam::{ACCOUNT}:role/{role}"))?, statements(&visage, role)?);
        for probe in Probe::all(&visage)? {
            let Some(expected) = probe.is_named_by(&statements) else { continue };
            let found = probe.is_let_through(&aws)?;
            ensure!(found == expected, "{operation}: {} on {}: {found}", probe.action, probe.resource);
            *(if found { &mut let_through } else { &mut refused }) += 1;
        }
    }
    ensure!(refused > 1_000 && let_through > 50, "{refused} refused, {let_through} let through");
    Ok(())
}

/// Undoes percent-encoding.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
