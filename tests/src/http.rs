//! Plain HTTP: what a client sends, and what it gets.

use crate::contract;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::panic::Location;
use std::time::Duration;
use ureq::http;

/// A connection pool. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http(ureq::Agent);

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

impl Http {
    /// A fresh pool: no proxy, no redirects, statuses as they are.
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self(config.into())
    }

    /// Begins a request.
    pub fn ask(&self, method: &str, url: impl Into<String>) -> Ask {
        Ask {
            http: self.clone(),
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            described: None,
        }
    }

    /// Sends a request that is put together already.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn send(&self, request: http::Request<Vec<u8>>) -> Result<Answer> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let (parts, body) = request.into_parts();
        // A body is sent only where there is one: some methods take none.
        let answer = if body.is_empty() && !matches!(parts.method, http::Method::POST | http::Method::PUT) {
            self.0.run(http::Request::from_parts(parts, ()))
        } else {
            self.0.run(http::Request::from_parts(parts, body))
        };
        let mut answer = answer.with_context(|| format!("{what} got no answer"))?;
        let body = answer.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec()?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        Ok(Answer { what, status: answer.status().as_u16(), headers, body })
    }
}

/// A request in the making.
#[derive(Clone, Debug)]
#[must_use = "nothing is asked before `send`"]
pub struct Ask {
    http: Http,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    described: Option<String>,
}

impl Ask {
    /// To the API: the answer has to be one that its document describes for `path`.
    pub fn as_described(mut self, path: &str) -> Self {
        self.described = Some(path.to_owned());
        self
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With `Authorization: Bearer …`.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// With an `Idempotency-Key` of its own.
    pub fn once(self) -> Self {
        self.idempotency_key(&uuid::Uuid::new_v4().to_string())
    }

    /// With this `Idempotency-Key`.
    pub fn idempotency_key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With `If-Match`.
    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string().into_bytes())
    }

    /// With these bytes as its body.
    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// If there is no answer, or one that the API's document doesn't describe.
    pub fn send(self) -> Result<Answer> {
        let mut request = http::Request::builder().method(self.method.as_str()).uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = self.http.send(request.body(self.body.unwrap_or_default())?)?;
        if let Some(path) = &self.described {
            contract::check(&self.method, path, &answer)?;
        }
        Ok(answer)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Method and path of what was asked.
    pub what: String,
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A problem (RFC 9457) as the API writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// What kind of problem, as a URN.
    pub r#type: String,
    /// A sentence for people.
    pub title: String,
    /// The status, again.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// The request's id.
    pub request: String,
    /// The wrong fields.
    #[serde(default)]
    pub errors: Vec<Wrong>,
}

/// One wrong field.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wrong {
    /// The form item.
    pub link_id: Option<String>,
    /// Where in the body.
    pub pointer: String,
    /// The stable code.
    pub code: String,
    /// What it means.
    pub detail: Option<String>,
}

impl Problem {
    /// The wrong fields, each with its code.
    pub fn named(&self) -> BTreeSet<(&str, &str)> {
        self.errors.iter().map(|wrong| (wrong.pointer.as_str(), wrong.code.as_str())).collect()
    }
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The id of the request, as the header has it.
    ///
    /// # Errors
    /// If there is none.
    pub fn request(&self) -> Result<&str> {
        self.header("x-request-id")
            .filter(|id| !id.is_empty())
            .with_context(|| format!("{}: no x-request-id", self.what))
    }

    /// The entity tag.
    ///
    /// # Errors
    /// If there is none.
    pub fn etag(&self) -> Result<String> {
        Ok(self.header("etag").with_context(|| format!("{}: no ETag", self.what))?.to_owned())
    }

    /// The body as text, for messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The same answer, if it has that status.
    ///
    /// # Errors
    /// Otherwise, with the answer and the line that expected it.
    #[track_caller]
    pub fn expect(self, status: u16) -> Result<Self> {
        if self.status != status {
            let text: String = self.text().chars().take(2_000).collect();
            bail!("{}: {} answered {}, not {status}: {text}", Location::caller(), self.what, self.status);
        }
        Ok(self)
    }

    /// The body read from JSON, if the answer has that status.
    ///
    /// # Errors
    /// Otherwise, or if it isn't what is expected.
    #[track_caller]
    pub fn read<T: DeserializeOwned>(self, status: u16) -> Result<T> {
        let at = Location::caller();
        let this = self.expect(status).with_context(|| at.to_string())?;
        serde_json::from_slice(&this.body).with_context(|| format!("{at}: {}: {}", this.what, this.text()))
    }

    /// The problem, if the answer is one with that status and code.
    ///
    /// # Errors
    /// Otherwise.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Result<Problem> {
        let at = Location::caller();
        let this = self.expect(status).with_context(|| at.to_string())?;
        ensure!(
            this.header("content-type") == Some("application/problem+json"),
            "{at}: {}: no problem but {:?}",
            this.what,
            this.header("content-type")
        );
        let problem: Problem =
            serde_json::from_slice(&this.body).with_context(|| format!("{at}: {}", this.text()))?;
        ensure!(problem.code == code, "{at}: {} was refused with {}, not {code}", this.what, problem.code);
        ensure!(problem.status == status, "{at}: the problem says {}", problem.status);
        ensure!(problem.request == this.request()?, "{at}: the problem names another request");
        Ok(problem)
    }
}
