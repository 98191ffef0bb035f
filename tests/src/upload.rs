//! Uploads as browsers send them.

use crate::http::Answer;
use crate::visage::Visage;
use anyhow::{Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The permission to upload one file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// The photo it will be; empty for a document.
    #[serde(default)]
    pub photo: String,
    /// The document it will be; empty for a photo.
    #[serde(default)]
    pub document: String,
    /// Where it goes.
    pub url: String,
    /// The form's fields before the file.
    pub fields: BTreeMap<String, String>,
    /// The largest file that is taken.
    pub max_bytes: usize,
}

impl Upload {
    /// Uploads a file.
    ///
    /// # Errors
    /// If S3 doesn't take it.
    pub fn place(&self, visage: &Visage, bytes: &[u8]) -> Result<()> {
        let answer = self.send(visage, bytes)?;
        if !matches!(answer.status, 200 | 201 | 204) {
            bail!("S3 answered {}: {}", answer.status, answer.text());
        }
        Ok(())
    }

    /// Sends a file with its signed form, as a browser would.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn send(&self, visage: &Visage, bytes: &[u8]) -> Result<Answer> {
        let boundary = uuid::Uuid::new_v4().simple().to_string();
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            let part =
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        let file = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo\"\r\n\r\n"
        );
        body.extend(file.into_bytes());
        body.extend(bytes);
        body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        visage.http.ask("POST", &self.url).header("content-type", kind).bytes(body).send()
    }
}
