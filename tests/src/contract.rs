//! What the API promises (`docs/openapi.json`), held against every answer.

use crate::http::Answer;
use anyhow::{Context, Result, bail, ensure};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap_or_default());
/// One per schema, made when first needed: a test sees few of them.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
/// Headers that mean something: none of them comes undocumented.
const TELLING: [&str; 4] = ["etag", "retry-after", "set-cookie", "www-authenticate"];
/// How much of what is wrong is told.
const MOST_ERRORS: usize = 5;

/// That an answer is one that the document describes for `method` and `path`.
///
/// # Errors
/// What it isn't, with the place in the document. Never the body: that is the test's to print.
pub fn check(method: &str, path: &str, answer: &Answer) -> Result<()> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let Some((template, operation)) = operation(method, path) else {
        ensure!(answer.status == 404, "{}: {} for no operation at all", answer.what, answer.status);
        return Ok(());
    };
    let name = operation["operationId"].as_str().unwrap_or_default();
    let place = format!("{name}/{}", answer.status);
    let response = response(operation, answer.status);
    ensure!(response.is_object(), "{}: {place} isn't described", answer.what);
    headers(response, answer).with_context(|| format!("{}: {place}", answer.what))?;
    let Some(content) = response["content"].as_object() else {
        ensure!(answer.body.is_empty(), "{}: {place} has a body", answer.what);
        return Ok(());
    };
    let media = answer.header("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    ensure!(content.contains_key(media), "{}: {place} isn't described as {media:?}", answer.what);
    let body: Value = serde_json::from_slice(&answer.body)
        .with_context(|| format!("{}: {place} has no JSON as its body", answer.what))?;
    if media == "application/problem+json" {
        ours(answer, &body).with_context(|| format!("{}: {place}", answer.what))?;
    }
    let key = format!("{method} {template} {} {media}", answer.status);
    let errors = errors(key, &content[media]["schema"], &body)?;
    ensure!(errors.is_empty(), "{}: {place} isn't what is described:\n{}", answer.what, errors.join("\n"));
    Ok(())
}

/// The operation that a path leads to. A word in the template beats a parameter.
fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let method = method.to_ascii_lowercase();
    let fits = |template: &&String| {
        let (mut asked, mut words) = (path.split('/'), template.split('/'));
        loop {
            match (words.next(), asked.next()) {
                (None, None) => return true,
                (Some(word), Some(given))
                    if word == given || (word.starts_with('{') && !given.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let paths = DOCUMENT["paths"].as_object()?;
    let templates =
        paths.iter().filter(|(template, methods)| fits(template) && methods.get(&method).is_some());
    let (template, methods) = templates.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, &methods[&method]))
}

/// What is described for a status, or for all of its kind.
fn response(operation: &'static Value, status: u16) -> &'static Value {
    let responses = &operation["responses"];
    let kind = || responses.get(format!("{}XX", status / 100));
    let described = responses.get(status.to_string()).or_else(kind).unwrap_or(&Value::Null);
    let place = described["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
    place.and_then(|place| DOCUMENT.pointer(place)).unwrap_or(described)
}

/// That the headers are those described: every one that is required, each as its schema says, and no other that means
/// something.
fn headers(response: &'static Value, answer: &Answer) -> Result<()> {
    let described = response["headers"].as_object().context("no headers are described")?;
    for (name, reference) in described {
        let place = reference["$ref"].as_str().unwrap_or_default();
        let header = DOCUMENT.pointer(place.trim_start_matches('#')).with_context(|| place.to_owned())?;
        let Some(value) = answer.header(&name.to_ascii_lowercase()) else {
            ensure!(header["required"] != true, "the header {name} is missing");
            continue;
        };
        let value = match header["schema"]["type"].as_str() {
            Some("integer") => json!(value.parse::<i64>().with_context(|| format!("{name} is no number"))?),
            _ => json!(value),
        };
        let errors = errors(place.to_owned(), &header["schema"], &value)?;
        ensure!(errors.is_empty(), "the header {name}: {}", errors.join("; "));
    }
    for name in TELLING {
        let known = described.keys().any(|described| described.eq_ignore_ascii_case(name));
        if !known && answer.header(name).is_some() {
            bail!("the header {name} isn't described");
        }
    }
    Ok(())
}

/// What every problem of ours has, also where the gateway may answer in its place.
fn ours(answer: &Answer, body: &Value) -> Result<()> {
    ensure!(body["request"] == answer.request()?, "the problem names another request");
    ensure!(answer.header("cache-control") == Some("no-store"), "the problem may be stored");
    Ok(())
}

/// What is wrong with a value, without the value.
fn errors(key: String, schema: &Value, value: &Value) -> Result<Vec<String>> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = match validators.get(&key) {
        Some(validator) => Arc::clone(validator),
        None => {
            let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
            let built = jsonschema::options().should_validate_formats(true).build(&whole);
            let built = Arc::new(built.with_context(|| format!("the schema of {key}"))?);
            validators.insert(key, Arc::clone(&built));
            built
        }
    };
    drop(validators);
    let told =
        |error: jsonschema::ValidationError<'_>| format!("{}: {}", error.instance_path(), error.masked());
    Ok(validator.iter_errors(value).take(MOST_ERRORS).map(told).collect())
}
