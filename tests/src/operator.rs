//! The first platform operator.

use crate::cognito::Login;
use crate::http::{Answer, Ask};
use crate::visage::Visage;
use anyhow::Result;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// An operator with a session.
#[derive(Clone, Debug)]
pub struct Operator {
    visage: Visage,
    /// The operator.
    pub id: String,
    /// The session's token.
    pub token: String,
}

/// The session of this process. An operator signs in once, as a person would.
static SESSION: Mutex<Option<Operator>> = Mutex::new(None);

/// Every vendor.
pub const VENDORS: [&str; 4] = ["aws", "rekognition", "sns", "ses"];

/// All that a vendor needs on record.
pub fn cleared() -> Value {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    json!({
        "baaSignedOn": "2026-01-15", "phiApproved": true, "learningOptOutOn": "2026-01-15", "reviewedOn": today,
        "attestations": [{ "standard": "soc_2", "validUntil": today.saturating_add(Span::new().years(1)) }],
    })
}

/// What the API answers to a sign-in.
#[derive(Deserialize)]
struct Started {
    token: String,
    operator: String,
}

impl Operator {
    /// The operator of the stack, signed in, with all vendors cleared.
    ///
    /// # Errors
    /// If the sign-in is refused.
    pub fn of(visage: &Visage) -> Result<Self> {
        let mut session = SESSION.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(operator) = session.as_ref() {
            return Ok(operator.clone());
        }
        let operator = Self::fresh_session(visage)?;
        for vendor in VENDORS {
            operator.record(vendor, &cleared())?;
        }
        hush(visage)?;
        *session = Some(operator.clone());
        Ok(operator)
    }

    /// The operator of the stack with a session of its own.
    ///
    /// # Errors
    /// If the sign-in is refused.
    pub fn fresh_session(visage: &Visage) -> Result<Self> {
        Self::start(visage, &access_token(visage)?)
    }

    /// Another operator, who is made for this, with a session.
    ///
    /// # Errors
    /// If the pool doesn't take them, or the sign-in is refused.
    pub fn another(visage: &Visage) -> Result<Self> {
        let mut login = visage.made_account("operator")?;
        Self::start(visage, &visage.operator_sign_in()?.sign_in(&mut login)?)
    }

    fn start(visage: &Visage, access_token: &str) -> Result<Self> {
        let Started { token, operator } = Self::ask_in(visage, access_token)?.read(201)?;
        Ok(Self { visage: visage.clone(), id: operator, token })
    }

    /// Asks for a session, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn ask_in(visage: &Visage, access_token: &str) -> Result<Answer> {
        visage.ask("POST", "/v1/operator-sessions").json(&json!({ "accessToken": access_token })).send()
    }

    /// Begins a request with this session.
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        self.visage.ask(method, path).bearer(&self.token)
    }

    /// Puts on record what is known of a vendor.
    ///
    /// # Errors
    /// If it is refused.
    pub fn record(&self, vendor: &str, known: &Value) -> Result<()> {
        let path = format!("/v1/vendors/{vendor}");
        self.ask("PUT", &path).json(known).send()?.expect(200).map(drop)
    }
}

/// Notes of every vendor that the clinics were told: what tests leave and others put right is no news, and hundreds of clinics
/// would hear of it while others wait.
///
/// # Errors
/// If the directory can't be read or written.
pub fn hush(visage: &Visage) -> Result<()> {
    let (directory, now) = (visage.directory()?, json!({ "S": Timestamp::now().to_string() }));
    for vendor in visage.aws.query(directory, "VENDORS", "")? {
        visage.aws.set(directory, &vendor, "announced_at", &now)?;
    }
    Ok(())
}

/// A fresh access token of the stack's operator. The first to sign in enrols the authenticator and leaves its secret in
/// `stack.json` for the next.
///
/// # Errors
/// If the sign-in is refused.
pub fn access_token(visage: &Visage) -> Result<String> {
    let _lock = visage.stack.lock("operator")?;
    let known = crate::stack::Stack::read(&visage.stack.file)?.operator;
    let enrolled = known.totp_secret.is_some();
    let mut login = Login { email: known.email, password: known.password, totp_secret: known.totp_secret };
    let token = visage.operator_sign_in()?.sign_in(&mut login)?;
    if !enrolled {
        visage.stack.add(&["operator", "totp_secret"], json!(login.totp_secret))?;
    }
    Ok(token)
}
