//! Who sees which field of an answer. What some callers aren't shown can't be required of an answer.

use crate::schemas::PLACE;
use serde_json::{Map, Value, json};
use visage_domain::fields::Field;
use visage_domain::permission::Grant;
use visage_domain::principal::Role;

/// The roles that a field is for, if that isn't everybody who may call.
pub(crate) fn few(grant: Grant, field: &Field) -> Option<&'static [Role]> {
    let all = match grant {
        Grant::Staff(roles) => roles.iter().all(|role| field.to.contains(role)),
        _ => false,
    };
    (!field.to.is_empty() && !all).then_some(field.to)
}

/// Says in the schema of an answer with `fields`, below `keys` levels of keys that are data, who sees what.
pub(crate) fn mark(
    schema: &mut Value,
    definitions: &mut Map<String, Value>,
    (keys, fields): (u8, &'static [Field]),
    grant: Grant,
) {
    let Value::Object(schema) = schema else { return };
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|place| place.strip_prefix(PLACE));
    // Taken out while it is looked at, so that what refers to itself comes to an end.
    if let Some((name, mut target)) = name.and_then(|name| definitions.remove_entry(name)) {
        mark(&mut target, definitions, (keys, fields), grant);
        definitions.insert(name, target);
    }
    for part in ["oneOf", "anyOf", "allOf"] {
        for one in schema.get_mut(part).and_then(Value::as_array_mut).into_iter().flatten() {
            mark(one, definitions, (keys, fields), grant);
        }
    }
    if let Some(items) = schema.get_mut("items") {
        mark(items, definitions, (keys, fields), grant);
    }
    let Some(keys) = keys.checked_sub(1) else {
        return mark_fields(schema, definitions, fields, grant);
    };
    if let Some(entry) = schema.get_mut("additionalProperties") {
        mark(entry, definitions, (keys, fields), grant);
    }
    for part in ["properties", "patternProperties"] {
        for (_, entry) in schema.get_mut(part).and_then(Value::as_object_mut).into_iter().flatten() {
            mark(entry, definitions, (keys, fields), grant);
        }
    }
}

fn mark_fields(
    schema: &mut Map<String, Value>,
    definitions: &mut Map<String, Value>,
    fields: &'static [Field],
    grant: Grant,
) {
    let mut optional = Vec::new();
    for (name, property) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        let Some(field) = fields.iter().find(|field| field.name == name) else { continue };
        if let Some(inner) = field.fields(fields) {
            mark(property, definitions, (field.keys, inner), grant);
        }
        if let Some(roles) = few(grant, field) {
            optional.push(name.clone());
            if let Value::Object(property) = property {
                property.insert("x-visible-to".to_owned(), json!(roles));
            }
        }
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !optional.iter().any(|optional| name == optional));
    }
}
