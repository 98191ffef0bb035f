//! The first platform operator.

use crate::cognito::Login;
use crate::visage::Visage;
use anyhow::Result;
use serde::Deserialize;
use serde_json::json;
use std::sync::{Mutex, PoisonError};

/// An operator with a session.
#[derive(Clone, Debug)]
pub struct Operator {
    visage: Visage,
    /// The session's token.
    pub token: String,
}

/// The session of this process. An operator signs in once, as a person would.
static SESSION: Mutex<Option<String>> = Mutex::new(None);

/// What the API answers to a sign-in.
#[derive(Deserialize)]
struct Started {
    token: String,
}

impl Operator {
    /// The operator of the stack, signed in, with all vendors approved.
    ///
    /// # Errors
    /// If the sign-in is refused.
    pub fn of(visage: &Visage) -> Result<Self> {
        let mut session = SESSION.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = session.as_ref() {
            return Ok(Self { visage: visage.clone(), token: token.clone() });
        }
        let token = access_token(visage)?;
        let answer = visage.ask("POST", "/v1/operator-sessions").json(&json!({ "accessToken": token })).send()?;
        let started: Started = answer.read(201)?;
        let operator = Self { visage: visage.clone(), token: started.token.clone() };
        for vendor in ["rekognition", "sns", "ses"] {
            operator.approve(vendor, true)?;
        }
        *session = Some(started.token);
        Ok(operator)
    }

    /// Puts on record whether a vendor may see PHI.
    ///
    /// # Errors
    /// If it is refused.
    pub fn approve(&self, vendor: &str, approved: bool) -> Result<()> {
        let input = json!({ "baaSignedOn": approved.then_some("2026-01-15"), "phiApproved": approved });
        let path = format!("/v1/vendors/{vendor}");
        self.visage.ask("PUT", &path).bearer(&self.token).json(&input).send()?.expect(200).map(drop)
    }
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
