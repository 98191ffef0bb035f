//! The description of the API (OpenAPI 3.1), made from the operations themselves.
//!
//! What an operation takes and answers is the schema of its types, who may call it comes from its caller, what it may
//! answer instead of success from [`Listed::problems`], its words from the first paragraph of its file, its examples from
//! `events/`. Nothing is said twice, so nothing here can be wrong about the code.

mod answers;
mod operation;
mod parameters;
mod samples;
mod schemas;
mod security;
mod visible;
mod words;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use visage_platform::ListedWorker;
use visage_platform::operation::Listed;

/// Where the document is kept.
pub const DOCUMENT: &str = "docs/openapi.json";
/// What writes it.
pub const COMMAND: &str = "cargo xtask openapi";

/// Every operation, by area.
pub fn areas() -> Vec<(&'static str, Vec<Listed>)> {
    vec![
        ("access", visage_access::operations()),
        ("clinics", visage_clinics::operations()),
        ("evaluations", visage_evaluations::operations()),
        ("forms", visage_forms::operations()),
        ("intake", visage_intake::operations()),
        ("messaging", visage_messaging::operations()),
        ("reports", visage_reports::operations()),
    ]
}

/// Every operation.
pub fn operations() -> Vec<Listed> {
    areas().into_iter().flat_map(|(_, operations)| operations).collect()
}

/// Every function that no route leads to.
pub fn workers() -> Vec<ListedWorker> {
    [
        visage_access::workers(),
        visage_messaging::workers(),
        visage_operations::workers(),
        visage_photos::workers(),
        visage_reports::workers(),
        visage_retention::workers(),
    ]
    .concat()
}

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The document as it is written to a file.
///
/// # Errors
/// As [`document`].
pub fn text() -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(&document()?)?))
}

/// The document.
///
/// # Errors
/// If an operation has no words, no sample event or no sample answer.
pub fn document() -> Result<Value> {
    let areas = areas();
    let all: Vec<&Listed> = areas.iter().flat_map(|(_, operations)| operations).collect();
    let schemas = schemas::Schemas::of(&all);
    let mut paths = Map::new();
    for (area, operations) in &areas {
        for listed in operations {
            let what = operation::describe(&root(), area, listed, &schemas)
                .with_context(|| format!("{} can't be described", listed.info.name))?;
            let path = paths.entry(listed.info.path).or_insert_with(|| json!({}));
            path[listed.info.method.to_ascii_lowercase()] = what;
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Visage",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Patient intakes with photos, their analysis, evaluation and report, for medical-aesthetics clinics.",
            "description": words::INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{
            "url": "https://{host}",
            "variables": { "host": { "default": "api.visage.example", "description": "The deployment's." } },
        }],
        "tags": areas.iter().map(|(area, _)| json!({ "name": area })).collect::<Vec<_>>(),
        "paths": paths,
    });
    let mut components = json!({
        "securitySchemes": security::schemes(),
        "responses": answers::responses(&all),
        "headers": answers::headers(),
        "examples": answers::examples(),
    });
    components["schemas"] = schemas.used_by(&[&document, &components]);
    document["components"] = components;
    Ok(document)
}
