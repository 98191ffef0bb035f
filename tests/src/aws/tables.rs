//! DynamoDB: what its tables hold, and what a test makes them hold.

use super::Aws;
use anyhow::{Result, anyhow};
use serde_json::{Value, json};

/// An item as DynamoDB writes it: `{"pk": {"S": "…"}, …}`.
pub type Item = serde_json::Map<String, Value>;

impl Aws {
    /// Calls an operation of DynamoDB.
    ///
    /// # Errors
    /// If it is refused.
    pub fn dynamodb(&self, operation: &str, input: &Value) -> Result<Value> {
        self.call("dynamodb", &format!("DynamoDB_20120810.{operation}"), input)
    }

    /// Every item of a partition, or of those whose sort key starts with `sort`.
    ///
    /// # Errors
    /// If the table can't be read.
    pub fn query(&self, table: &str, partition: &str, sort: &str) -> Result<Vec<Item>> {
        let (condition, mut values) = ("pk = :pk", json!({ ":pk": { "S": partition } }));
        let condition = if sort.is_empty() {
            condition.to_owned()
        } else {
            values[":sk"] = json!({ "S": sort });
            format!("{condition} AND begins_with(sk, :sk)")
        };
        self.pages(
            "Query",
            &json!({
                "TableName": table, "ConsistentRead": true,
                "KeyConditionExpression": condition, "ExpressionAttributeValues": values,
            }),
        )
    }

    /// Every item of a table: what a thief of the whole database would hold.
    ///
    /// # Errors
    /// If the table can't be read.
    pub fn dump(&self, table: &str) -> Result<Vec<Item>> {
        self.pages("Scan", &json!({ "TableName": table }))
    }

    fn pages(&self, operation: &str, input: &Value) -> Result<Vec<Item>> {
        let (mut items, mut input) = (Vec::new(), input.clone());
        loop {
            let page = self.dynamodb(operation, &input)?;
            let found = page["Items"].as_array().cloned().unwrap_or_default();
            items.extend(found.into_iter().filter_map(|item| item.as_object().cloned()));
            match page.get("LastEvaluatedKey").filter(|key| !key.is_null()) {
                Some(key) => input["ExclusiveStartKey"] = key.clone(),
                None => return Ok(items),
            }
        }
    }

    /// Writes an item as it is, past every rule of the product.
    ///
    /// # Errors
    /// If it is refused.
    pub fn put(&self, table: &str, item: &Item) -> Result<()> {
        self.dynamodb("PutItem", &json!({ "TableName": table, "Item": item })).map(drop)
    }

    /// Deletes an item of a table.
    ///
    /// # Errors
    /// If it is refused.
    pub fn delete(&self, table: &str, item: &Item) -> Result<()> {
        let key = json!({ "pk": item["pk"], "sk": item["sk"] });
        self.dynamodb("DeleteItem", &json!({ "TableName": table, "Key": key })).map(drop)
    }

    /// Sets one attribute of an item, past every rule of the product.
    ///
    /// # Errors
    /// If it is refused.
    pub fn set(&self, table: &str, item: &Item, name: &str, value: &Value) -> Result<()> {
        let input = json!({
            "TableName": table, "Key": { "pk": item["pk"], "sk": item["sk"] },
            "UpdateExpression": "SET #name = :value",
            "ExpressionAttributeNames": { "#name": name }, "ExpressionAttributeValues": { ":value": value },
        });
        self.dynamodb("UpdateItem", &input).map(drop)
    }
}

/// An item as plain JSON; binary attributes stay base 64.
pub fn plain(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), plain_value(value))).collect())
}

fn plain_value(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|object| object.iter().next()) else {
        return Value::Null;
    };
    match (kind.as_str(), inner) {
        ("M", Value::Object(map)) => plain(map),
        ("L", Value::Array(list)) => list.iter().map(plain_value).collect(),
        ("N", Value::String(number)) => serde_json::from_str(number).unwrap_or(Value::Null),
        ("NULL", _) => Value::Null,
        (_, other) => other.clone(),
    }
}

/// A string attribute of an item.
///
/// # Errors
/// If it has none of that name.
pub fn text<'a>(item: &'a Item, name: &str) -> Result<&'a str> {
    item.get(name)
        .and_then(|value| value["S"].as_str())
        .ok_or_else(|| anyhow!("an item of type {:?} has no text {name}", item.get("item_type")))
}
