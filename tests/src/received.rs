//! What a patient is told of the files that they sent.

use crate::intake::Intake;
use crate::until::until;
use anyhow::{Context, Result};
use serde::Deserialize;

/// A photo as the patient sees it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// The photo.
    pub photo: String,
    /// The view.
    pub view: String,
    /// Where it stands.
    pub state: String,
    /// Why it can't be used.
    pub code: Option<String>,
    /// The same in words, and what to do.
    pub message: Option<String>,
    /// What the analysis makes of it, where that is told.
    pub quality: Option<Quality>,
}

/// What the patient is told of a photo's quality: this and no more.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quality {
    /// `pending` or `done`.
    pub state: String,
    /// Whether it will do, once that is known.
    pub verdict: Option<String>,
    /// Why another would help.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

/// Why another photo would help.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    /// The reason.
    pub code: String,
    /// The same in words, and what to do.
    pub message: String,
}

/// A document as the patient sees it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedDocument {
    /// The document.
    pub document: String,
    /// The question that it answers.
    pub question: String,
    /// Where it stands.
    pub state: String,
    /// Why it can't be used.
    pub code: Option<String>,
    /// The same in words, and what to do.
    pub message: Option<String>,
}

impl Quality {
    /// Whether another photo is suggested, for this reason in these words among others.
    pub fn suggests(&self, code: &str, message: &str) -> bool {
        let named = |reason: &Reason| reason.code == code && reason.message == message;
        self.verdict.as_deref() == Some("retake_suggested") && self.reasons.iter().any(named)
    }
}

impl Intake {
    /// Waits until a photo is stored and no verdict on it is awaited; answers how it stands then.
    ///
    /// # Errors
    /// If that takes too long.
    pub fn judged(&self, photo: &str) -> Result<Received> {
        until("the photo is stored and judged", || {
            let found = self.get()?.photos.into_iter().find(|found| found.photo == photo);
            let found = found.context("the intake lacks a photo that was uploaded")?;
            let pending = found.quality.as_ref().is_some_and(|quality| quality.state == "pending");
            Ok((found.state == "stored" && !pending).then_some(found))
        })
    }
}
