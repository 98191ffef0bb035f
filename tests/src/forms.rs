//! A clinic's form: the draft, its publication and its retirement.

use crate::clinic::DEFAULT_FORM;
use crate::http::Answer;
use crate::staff::Staff;
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Where the draft is.
pub const DRAFT: &str = "/v1/form-draft";
/// Where the text of the first question stands in a form.
pub const QUESTION: &str = "/item/0/item/0/text";

/// The form that a clinic may start with.
///
/// # Errors
/// If it isn't JSON.
pub fn default_form() -> Result<Value> {
    Ok(serde_json::from_str(DEFAULT_FORM)?)
}

/// The default form, asking for the first name in other words.
///
/// # Errors
/// If it has no first question.
pub fn asking(text: &str) -> Result<Value> {
    let mut form = default_form()?;
    *form.pointer_mut(QUESTION).context("a first question")? = json!(text);
    Ok(form)
}

/// The default form in one language, asking for scans, and for one letter.
///
/// # Errors
/// If it has no sections.
pub fn asking_for_documents(language: &str) -> Result<Value> {
    let mut form = default_form()?;
    let question = |name: &str, repeats: bool| {
        json!({
            "linkId": name, "text": "Do you have this?", "type": "attachment", "repeats": repeats,
            "purpose": "To see what was found elsewhere.",
        })
    };
    let documents = json!({
        "linkId": "documents", "text": "Documents", "type": "group",
        "item": [question("scans", true), question("letter", false)],
    });
    form["item"].as_array_mut().context("sections")?.push(documents);
    form["language"] = language.into();
    form.as_object_mut().context("a form")?.remove("translations");
    Ok(form)
}

/// Saves the draft, based on the one that `etag` names, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn save(owner: &Staff, etag: Option<&str>, form: &Value) -> Result<Answer> {
    let ask = owner.ask("PUT", DRAFT).json(form);
    match etag {
        Some(etag) => ask.if_match(etag).send(),
        None => ask.send(),
    }
}

/// Publishes the draft that `etag` names, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn publish(owner: &Staff, etag: &str, key: &str) -> Result<Answer> {
    let ask = owner.ask("POST", "/v1/form-draft/publication").if_match(etag);
    ask.idempotency_key(key).json(&json!({})).send()
}

/// Retires a version, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn retire(owner: &Staff, version: u32) -> Result<Answer> {
    owner.ask("POST", &format!("/v1/forms/{version}/retirement")).json(&json!({})).send()
}
