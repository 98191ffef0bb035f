//! A clinic's user with a session.

use crate::evaluation::{Line, Opened, Visit};
use crate::http::{Answer, Ask};
use crate::until::until;
use crate::visage::Visage;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// What somebody does at a clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Runs the account.
    Owner,
    /// Evaluates and signs.
    Provider,
    /// Front desk.
    Coordinator,
    /// Invoices.
    Billing,
    /// Privacy and security.
    Compliance,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Provider, Self::Coordinator, Self::Billing, Self::Compliance];

    /// The name in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Provider => "provider",
            Self::Coordinator => "coordinator",
            Self::Billing => "billing",
            Self::Compliance => "compliance",
        }
    }

    /// Somebody who doesn't exist.
    pub const fn invented_name(self) -> &'static str {
        match self {
            Self::Owner => "Ọláńrewájú Bright",
            Self::Provider => "Dr. Łucja Čermák-O’Neill",
            Self::Coordinator => "Nguyễn Thị Ánh",
            Self::Billing => "Søren Åkesson",
            Self::Compliance => "İpek Yılmaz",
        }
    }
}

/// What the API answers to a sign-in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    token: String,
    csrf_token: String,
    staff: String,
}

/// A clinic's user with a session.
#[derive(Clone, Debug)]
pub struct Staff {
    /// The system.
    pub visage: Visage,
    /// The user.
    pub id: String,
    /// The session's token.
    pub token: String,
    /// What a browser sends beside the cookie.
    pub csrf_token: String,
    /// The cookie, as the browser was told to keep it.
    pub set_cookie: String,
}

impl Staff {
    /// Starts a session with an access token of the identity provider.
    ///
    /// # Errors
    /// If it is refused.
    pub fn start(visage: &Visage, access_token: &str, slug: &str) -> Result<Self> {
        let answer = Self::ask_in(visage, access_token, slug)?;
        let set_cookie = answer.header("set-cookie").context("a session comes with a cookie")?.to_owned();
        let started: Started = answer.read(201)?;
        let Started { token, csrf_token, staff } = started;
        Ok(Self { visage: visage.clone(), id: staff, token, csrf_token, set_cookie })
    }

    /// Asks for a session, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn ask_in(visage: &Visage, access_token: &str, slug: &str) -> Result<Answer> {
        let input = json!({ "accessToken": access_token, "clinic": slug });
        visage.ask("POST", "/v1/sessions").json(&input).send()
    }

    /// Begins a request with this session, with a reason for what isn't part of one's work.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        self.ask_without_reason(method, path).header("x-access-reason", "treatment")
    }

    /// Begins a request with this session and nothing more.
    pub fn ask_without_reason(&self, method: &str, path: &str) -> Ask {
        self.visage.ask(method, path).bearer(&self.token)
    }

    /// A user of the clinic, as its owner sees them.
    ///
    /// # Errors
    /// If it is refused, or there is no such user who may work.
    pub fn member(&self, id: &str) -> Result<Value> {
        let listed: Value = self.ask("GET", "/v1/staff").send()?.read(200)?;
        let staff = listed["staff"].as_array().cloned().unwrap_or_default();
        staff.into_iter().find(|member| member["staff"] == id).context("no such user who may work")
    }

    /// Changes fields of a user, based on what holds of them now.
    ///
    /// # Errors
    /// If there is no such user, or no answer.
    pub fn change(&self, id: &str, fields: &Value) -> Result<Answer> {
        let member = self.member(id)?;
        let mut input = json!({});
        for field in ["name", "credential", "roles", "licences"] {
            input[field] = fields.get(field).unwrap_or(&member[field]).clone();
        }
        let etag = member["etag"].as_str().unwrap_or_default();
        self.ask("PUT", &format!("/v1/staff/{id}")).if_match(etag).json(&input).send()
    }

    /// Decides whether a user may work.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn decide_on(&self, id: &str, from: &str, to: &str, reason: &str) -> Result<Answer> {
        let input = json!({ "from": from, "to": to, "reason": reason });
        self.ask("PUT", &format!("/v1/staff/{id}/status")).json(&input).send()
    }

    /// The queue's first page, of one status.
    ///
    /// # Errors
    /// If it is refused.
    pub fn queue(&self, status: &str) -> Result<Vec<Line>> {
        #[derive(Deserialize)]
        struct Page {
            evaluations: Vec<Line>,
        }
        let page: Page =
            self.ask("GET", &format!("/v1/evaluations?status={status}&limit=50")).send()?.read(200)?;
        Ok(page.evaluations)
    }

    /// Opens an evaluation.
    ///
    /// # Errors
    /// If it is refused.
    pub fn open(&self, visit: &Visit) -> Result<Opened> {
        let answer = self.ask("GET", &visit.path()).send()?;
        let etag = answer.etag().unwrap_or_default();
        let mut opened: Opened = answer.read(200)?;
        opened.etag = etag;
        Ok(opened)
    }

    /// Opens an evaluation again and again until `ready` says that it is as far as it should be.
    ///
    /// # Errors
    /// If that takes too long.
    #[track_caller]
    pub fn open_until(&self, visit: &Visit, what: &str, ready: impl Fn(&Opened) -> bool) -> Result<Opened> {
        let mut last = String::new();
        let found = until(what, || {
            let opened = self.open(visit)?;
            last = opened.summary();
            Ok(Some(opened).filter(|opened| ready(opened)))
        });
        found.context(last)
    }

    /// Assesses, signs once the photos are done, and answers the evaluation as it is then.
    ///
    /// # Errors
    /// If either is refused.
    pub fn conclude(&self, visit: &Visit, assessment: &Value) -> Result<Opened> {
        self.conclude_showing(visit, assessment, &[])
    }

    /// The same, with these photos in the report.
    ///
    /// # Errors
    /// If either is refused.
    pub fn conclude_showing(&self, visit: &Visit, assessment: &Value, photos: &[&str]) -> Result<Opened> {
        let opened = self.open(visit)?;
        let etag = self.assess(visit, &opened.etag, assessment)?.expect(200)?.etag()?;
        until("the photos are done, and the evaluation is signed", || {
            let answer = self.sign_showing(visit, &etag, photos)?;
            if answer.status == 409 {
                return answer.refused(409, "photos_pending").map(|_| None);
            }
            answer.expect(201).map(Some)
        })?;
        self.open(visit)
    }

    /// Writes an assessment based on what was read under `etag`.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn assess(&self, visit: &Visit, etag: &str, assessment: &Value) -> Result<Answer> {
        self.ask("PUT", &format!("{}/assessment", visit.path())).if_match(etag).json(assessment).send()
    }

    /// Signs what was read under `etag`.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn sign(&self, visit: &Visit, etag: &str) -> Result<Answer> {
        self.sign_showing(visit, etag, &[])
    }

    /// Signs what was read under `etag`, with these photos in the report.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn sign_showing(&self, visit: &Visit, etag: &str, photos: &[&str]) -> Result<Answer> {
        let input = json!({ "reportPhotos": photos });
        self.ask("POST", &format!("{}/signature", visit.path())).if_match(etag).json(&input).send()
    }

    /// Gives an evaluation to somebody, or back to the queue, based on what was read under `etag`.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn assign(&self, visit: &Visit, etag: &str, to: Option<&str>, reason: &str) -> Result<Answer> {
        let input = json!({ "assignee": to, "reason": reason });
        self.ask("PUT", &format!("{}/assignee", visit.path())).if_match(etag).json(&input).send()
    }

    /// Adds to what was signed and read under `etag`, with an `Idempotency-Key` of its own.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn add(&self, visit: &Visit, etag: &str, text: &str) -> Result<Answer> {
        let path = format!("{}/addenda", visit.path());
        self.ask("POST", &path).once().if_match(etag).json(&json!({ "text": text })).send()
    }

    /// Withdraws what was read under `etag`.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn withdraw(&self, visit: &Visit, etag: &str, reason: &str) -> Result<Answer> {
        let path = format!("{}/withdrawal", visit.path());
        self.ask("PUT", &path).if_match(etag).json(&json!({ "reason": reason })).send()
    }

    /// Says whether two records are one patient's, based on what was read under `etag`.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn decide(&self, one: &str, other: &str, etag: &str, verdict: &str, reason: &str) -> Result<Answer> {
        let input = json!({ "verdict": verdict, "reason": reason });
        self.ask("PUT", &format!("/v1/patients/{one}/matches/{other}")).if_match(etag).json(&input).send()
    }

    /// Has a report link made to hand over, and answers its token.
    ///
    /// # Errors
    /// If it is refused.
    pub fn hand_over(&self, visit: &Visit) -> Result<String> {
        let path = format!("{}/report-links", visit.path());
        let made: Value = self.ask("POST", &path).once().json(&json!({})).send()?.read(201)?;
        let token = made["url"].as_str().and_then(crate::report::token_in);
        token.context("a link that is handed over is answered once")
    }

    /// Takes a report link back.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn revoke(&self, visit: &Visit, link: &str) -> Result<Answer> {
        self.ask("DELETE", &format!("{}/report-links/{link}", visit.path())).send()
    }
}
