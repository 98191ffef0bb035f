//! One operation as OpenAPI describes it.

use crate::samples::Sample;
use crate::schemas::Schemas;
use crate::{answers, parameters, security, words};
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::path::Path;
use visage_platform::operation::Listed;

/// Describes it.
///
/// # Errors
/// If it has no words or no samples.
pub(crate) fn describe(root: &Path, area: &str, listed: &Listed, schemas: &Schemas) -> Result<Value> {
    let info = &listed.info;
    let shapes = schemas.shapes(info.name).context("it has no types")?;
    let sample = Sample::of(root, info.name, info.status)?;
    let mut what = json!({
        "operationId": info.name,
        "tags": [area],
        "summary": words::summary(root, area, info.name)?,
        "description": security::in_words(listed),
        "x-permission": listed.permission.name,
        "security": security::of(listed),
        "responses": answers::of(listed, schemas, shapes, &sample),
    });
    let parameters = parameters::of(listed, schemas, shapes, &sample);
    if !parameters.is_empty() {
        what["parameters"] = parameters.into();
    }
    if info.mutates() && info.body_limit > 0 {
        // No body says as much as an empty object.
        let required = schemas.resolve(&shapes.input)["required"].as_array().is_some_and(|it| !it.is_empty());
        let mut content = json!({ "schema": shapes.input });
        if let Some(example) = sample.body() {
            content["example"] = example;
        }
        let content: Map<String, Value> =
            listed.consumes.iter().map(|media| ((*media).to_owned(), content.clone())).collect();
        what["requestBody"] = json!({
            "description": format!("At most {} bytes.", info.body_limit),
            "required": required,
            "content": content,
            "x-body-limit": info.body_limit,
        });
    }
    Ok(what)
}
