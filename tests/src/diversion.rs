//! A function that works on another table for a while: one with as much in it as a test wants, and nobody else's.

use crate::aws::Item;
use crate::until::{until, within};
use crate::visage::Visage;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

/// A table like the records table, filled from files in a bucket of its own, as AWS fills one. It goes with this.
#[derive(Debug)]
pub struct Table {
    visage: Visage,
    /// Its name.
    pub name: String,
    bucket: String,
    files: usize,
}

/// Items per file.
const FILE: usize = 10_000;

impl Table {
    /// Makes it with these items: keys and indexes are those of the records table, but it has no stream, so that nothing
    /// works on what is put in.
    ///
    /// # Errors
    /// If it can't be made or filled.
    pub fn with(visage: &Visage, items: &[Item]) -> Result<Self> {
        let mark = uuid::Uuid::new_v4().simple().to_string();
        let (name, bucket) = (format!("scale-{mark}"), format!("scale-{mark}"));
        let files = items.len().div_ceil(FILE);
        let this = Self { visage: visage.clone(), name, bucket, files };
        let put =
            |path: &str, body: Vec<u8>| visage.aws.send("s3", "PUT", path, &[], body)?.expect(200).map(drop);
        put(&format!("/{}", this.bucket), Vec::new())?;
        for (number, part) in items.chunks(FILE).enumerate() {
            let lines: Vec<_> = part.iter().map(|item| json!({ "Item": item }).to_string()).collect();
            put(&format!("/{}/{number}.json", this.bucket), lines.join("\n").into_bytes())?;
        }
        this.import(items.len())?;
        Ok(this)
    }

    fn import(&self, items: usize) -> Result<()> {
        let aws = &self.visage.aws;
        let like =
            aws.dynamodb("DescribeTable", &json!({ "TableName": self.visage.records()? }))?["Table"].clone();
        let indexes = like["GlobalSecondaryIndexes"].as_array().into_iter().flatten().map(|index| {
            json!({
                "IndexName": index["IndexName"],
                "KeySchema": index["KeySchema"],
                "Projection": index["Projection"],
            })
        });
        let started = aws.dynamodb(
            "ImportTable",
            &json!({
                "InputFormat": "DYNAMODB_JSON",
                "S3BucketSource": { "S3Bucket": self.bucket },
                "TableCreationParameters": {
                    "TableName": self.name,
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": like["AttributeDefinitions"],
                    "KeySchema": like["KeySchema"],
                    "GlobalSecondaryIndexes": indexes.collect::<Vec<_>>(),
                },
            }),
        )?;
        let import = json!({ "ImportArn": started["ImportTableDescription"]["ImportArn"] });
        let done = within(Duration::from_secs(90), "the table is filled", || {
            let described = aws.dynamodb("DescribeImport", &import)?["ImportTableDescription"].clone();
            Ok((described["ImportStatus"] != "IN_PROGRESS").then_some(described))
        })?;
        ensure!(done["ImportStatus"] == "COMPLETED" && done["ImportedItemCount"] == items, "{done}");
        Ok(())
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // What can't be removed goes with the stack.
        let aws = &self.visage.aws;
        let _ = aws.dynamodb("DeleteTable", &json!({ "TableName": self.name }));
        let files = (0..self.files).map(|number| format!("/{}/{number}.json", self.bucket));
        for path in files.chain([format!("/{}", self.bucket)]) {
            let _ = aws.send("s3", "DELETE", &path, &[], Vec::new());
        }
    }
}

/// A function whose records table is another one for as long as this lives. No other test may use it meanwhile.
#[derive(Debug)]
pub struct Diversion {
    visage: Visage,
    function: String,
    role: String,
    before: Value,
}

const POLICY: &str = "diversion";

impl Diversion {
    /// Lets a function work on `table`, and lets its role.
    ///
    /// # Errors
    /// If it can't be set.
    pub fn of(visage: &Visage, operation: &str, table: &Table) -> Result<Self> {
        let function = visage.stack.named(&visage.stack.functions, operation)?.clone();
        let configuration =
            visage.aws.send("lambda", "GET", &path(&function), &[], Vec::new())?.read::<Value>(200)?;
        let role = configuration["Role"].as_str().and_then(|role| role.rsplit('/').next());
        let role = role.context("the function has a role")?.to_owned();
        let before = configuration["Environment"]["Variables"].clone();
        let mut variables = before.clone();
        ensure!(variables["RECORDS_TABLE"].is_string(), "{operation} works on no records");
        variables["RECORDS_TABLE"] = table.name.clone().into();
        let this = Self { visage: visage.clone(), function, role, before };
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"],
                "Resource": format!("arn:aws:dynamodb:*:*:table/{}*", table.name),
            }],
        });
        let document = encoded(&policy.to_string());
        let named = [("RoleName", this.role.as_str()), ("PolicyName", POLICY), ("PolicyDocument", &document)];
        visage.aws.iam("PutRolePolicy", &named)?;
        this.set(&variables)?;
        Ok(this)
    }

    fn set(&self, variables: &Value) -> Result<()> {
        let body = json!({ "Environment": { "Variables": variables } }).to_string().into_bytes();
        let aws = &self.visage.aws;
        aws.send("lambda", "PUT", &path(&self.function), &[], body)?.expect(200)?;
        until("the function is as it is to be", || {
            let now: Value = aws.send("lambda", "GET", &path(&self.function), &[], Vec::new())?.read(200)?;
            let done = now["LastUpdateStatus"] == "Successful" && now["State"] == "Active";
            Ok((done && now["Environment"]["Variables"] == *variables).then_some(()))
        })
    }
}

impl Drop for Diversion {
    fn drop(&mut self) {
        // A failure here shows in the next test of the function.
        let _ = self.set(&self.before);
        let named = [("RoleName", self.role.as_str()), ("PolicyName", POLICY)];
        let _ = self.visage.aws.iam("DeleteRolePolicy", &named);
    }
}

fn path(function: &str) -> String {
    format!("/2015-03-31/functions/{function}/configuration")
}

/// A text as a form takes it.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
