//! The patient's side of an ask for another photo.

use crate::http::{Answer, Ask};
use crate::intake::Received;
use crate::picture::Picture;
use crate::report::token_behind;
use crate::until::until;
use crate::upload::Upload;
use crate::visage::Visage;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// A link by which a photo is taken again.
#[derive(Clone, Debug)]
pub struct RetakeLink {
    /// The system.
    pub visage: Visage,
    /// What opens it.
    pub token: String,
}

/// The ask as it stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// The view.
    pub view: String,
    /// `open` or `done`.
    pub state: String,
    /// How to take it.
    pub instructions: Option<String>,
    /// What to mind.
    pub reasons: Vec<Value>,
    /// The photos that came by it.
    pub photos: Vec<Received>,
    /// When it stops working.
    pub expires_at: jiff::Timestamp,
}

impl RetakeLink {
    /// The link with this token.
    pub fn new(visage: &Visage, token: String) -> Self {
        Self { visage: visage.clone(), token }
    }

    /// The link in a message or an answer.
    ///
    /// # Errors
    /// If there is none.
    pub fn within(visage: &Visage, text: &str) -> Result<Self> {
        token_in(text).map(|token| Self::new(visage, token)).context("a retake link")
    }

    /// Begins a request with it; `path` follows `/v1/retake`.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        self.visage.ask(method, &format!("/v1/retake{path}")).bearer(&self.token)
    }

    /// How it stands.
    ///
    /// # Errors
    /// If it is refused.
    pub fn get(&self) -> Result<Asked> {
        self.ask("GET", "").send()?.read(200)
    }

    /// Asks for leave to upload, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn ask_to_upload(&self, content_type: &str) -> Result<Answer> {
        self.ask("POST", "/uploads").once().json(&json!({ "contentType": content_type })).send()
    }

    /// Uploads a photo and waits until it is stored or rejected.
    ///
    /// # Errors
    /// If it is refused or takes too long.
    pub fn upload(&self, picture: &Picture) -> Result<Received> {
        let upload: Upload = self.ask_to_upload(picture.content_type)?.read(201)?;
        upload.place(&self.visage, &picture.bytes)?;
        until("the photo is stored or rejected", || {
            let found = self.get()?.photos.into_iter().find(|found| found.photo == upload.photo);
            let found = found.context("the ask lacks a photo that was uploaded")?;
            Ok(matches!(found.state.as_str(), "stored" | "rejected").then_some(found))
        })
    }
}

/// The token in a retake link, if there is one.
pub fn token_in(text: &str) -> Option<String> {
    token_behind(text, "/retake#")
}
