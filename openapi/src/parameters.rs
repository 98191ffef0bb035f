//! What a request brings beside its body: path, query and headers.

use crate::samples::Sample;
use crate::schemas::{Schemas, Shapes};
use serde_json::{Value, json};
use visage_domain::access_reason::AccessReason;
use visage_domain::permission::Grant;
use visage_platform::Header;
use visage_platform::operation::Listed;
use visage_platform::request::{ACCESS_REASON_HEADER, BACKGROUND_HEADER, DEVICE_HEADER};

/// The parameters of an operation.
pub(crate) fn of(listed: &Listed, schemas: &Schemas, shapes: &Shapes, sample: &Sample) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, schema) in properties(schemas.resolve(&shapes.path)) {
        let example = sample.path_parameter(name);
        all.push(parameter("path", name, true, &schema, example));
    }
    if !listed.info.mutates() {
        let query = schemas.resolve(&shapes.input);
        for (name, schema) in properties(query) {
            let required = query["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
            all.push(parameter("query", name, required, &schema, None));
        }
    }
    all.extend(headers(listed));
    all
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, Value)> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(name, schema)| (name, present(schema)))
}

/// A parameter that isn't there is left out; there is no null among the words of an address.
fn present(schema: &Value) -> Value {
    let null = json!("null");
    let mut schema = schema.clone();
    let kinds: Vec<Value> =
        schema["type"].as_array().into_iter().flatten().filter(|kind| **kind != null).cloned().collect();
    if let [kind] = &kinds[..] {
        schema["type"] = kind.clone();
    }
    let others = schema["anyOf"]
        .as_array()
        .map(|all| all.iter().filter(|one| one["type"] != null).cloned().collect::<Vec<_>>());
    if let (Some([one]), Some(fields)) = (others.as_deref(), schema.as_object_mut()) {
        fields.remove("anyOf");
        fields.extend(one.as_object().cloned().unwrap_or_default());
    }
    if let Some(fields) = schema.as_object_mut().filter(|fields| fields.get("default") == Some(&Value::Null))
    {
        fields.remove("default");
    }
    schema
}

fn parameter(place: &str, name: &str, required: bool, schema: &Value, example: Option<&str>) -> Value {
    let mut schema = schema.clone();
    let description = schema.as_object_mut().and_then(|fields| fields.remove("description"));
    let mut parameter = json!({ "in": place, "name": name, "required": required, "schema": schema });
    if let Some(description) = description {
        parameter["description"] = description;
    }
    if let Some(example) = example {
        parameter["example"] = json!(example);
    }
    parameter
}

fn header(name: &str, required: bool, description: &str, schema: Value, example: Option<&str>) -> Value {
    let mut schema = schema;
    schema["description"] = json!(description);
    parameter("header", name, required, &schema, example)
}

fn headers(listed: &Listed) -> Vec<Value> {
    let mut all = Vec::new();
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    if listed.info.asks_for_tag() {
        let once_there = listed.info.has(Header::IfMatchOnceThere);
        let description = match once_there {
            true => "The `ETag` of what the change is based on; none while there is nothing.",
            false => "The `ETag` of what the change is based on.",
        };
        let schema = pattern("^\"[0-9]+(\\.[0-9]+)?\"$");
        all.push(header("If-Match", !once_there, description, schema, Some("\"3\"")));
    }
    if listed.info.has(Header::IdempotencyKey) {
        let description = "The click that this request belongs to, such as a UUID. Known for a day.";
        let example = Some("3f1b7c52-0f0e-4c55-9d1a-6d2f7f0c9a41");
        all.push(header("Idempotency-Key", true, description, pattern("^[!-~]{16,128}$"), example));
    }
    if listed.info.has(Header::AcceptLanguage) {
        let description = "The languages that serve best (RFC 9110).";
        let schema = json!({ "type": "string" });
        all.push(header("Accept-Language", false, description, schema, Some("es-US, en;q=0.7")));
    }
    if listed.info.has(Header::AccessReason) {
        let description =
            "Why the chart is opened, where it isn't part of one's work. It is recorded with the access.";
        let schema = json!({ "type": "string", "enum": AccessReason::ALL.map(AccessReason::code) });
        all.push(header(ACCESS_REASON_HEADER, false, description, schema, None));
    }
    if listed.info.background {
        let description = "That nobody sits before the request, so that it doesn't keep the session alive.";
        let schema = json!({ "type": "string", "const": "true" });
        all.push(header(BACKGROUND_HEADER, false, description, schema, None));
    }
    if listed.permission.grant == Grant::Patient {
        let description = "Shows that saved answers may be shown on this device. Without it the intake can still be written.";
        all.push(header(DEVICE_HEADER, false, description, pattern("^[A-Za-z0-9_-]{43}$"), None));
    }
    all
}
