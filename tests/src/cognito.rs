//! Sign-in at the identity provider, by the calls that every client without a secret may make.

use crate::http::Http;
use crate::stack::{Pool, Stack};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use totp_rs::{Builder, Secret};

/// What a person signs in with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    /// The user name.
    pub email: String,
    /// The password; a temporary one is replaced at the first sign-in.
    pub password: String,
    /// The secret of the authenticator, base 32, once enrolled.
    pub totp_secret: Option<String>,
}

/// A user pool, seen from outside.
#[derive(Clone, Debug)]
pub struct SignIn {
    http: Http,
    endpoint: String,
    client: String,
}

impl SignIn {
    /// Sign-in at `pool`.
    pub fn new(http: Http, stack: &Stack, pool: &Pool) -> Self {
        Self { http, endpoint: stack.aws_endpoint_url.clone(), client: pool.client_id.clone() }
    }

    /// Signs in: sets a password of one's own and enrols an authenticator where that is asked for. Answers a fresh
    /// access token.
    ///
    /// # Errors
    /// If the sign-in is refused.
    pub fn sign_in(&self, login: &mut Login) -> Result<String> {
        self.token(login, "AccessToken")
    }

    /// Signs in, and answers the token that tells who somebody is and not what they may.
    ///
    /// # Errors
    /// If the sign-in is refused.
    pub fn id_token(&self, login: &mut Login) -> Result<String> {
        self.token(login, "IdToken")
    }

    fn token(&self, login: &mut Login, kind: &str) -> Result<String> {
        let mut answer = self.begin(login)?;
        loop {
            let session = answer["Session"].clone();
            answer = match answer["ChallengeName"].as_str() {
                Some("NEW_PASSWORD_REQUIRED") => {
                    login.password = password();
                    self.respond("NEW_PASSWORD_REQUIRED", &session, login, "NEW_PASSWORD", &login.password)?
                }
                Some("MFA_SETUP") => {
                    let session = self.enrol(&json!({ "Session": session }), login)?;
                    self.respond("MFA_SETUP", &session, login, "", "")?
                }
                Some("SOFTWARE_TOKEN_MFA") => {
                    let code = code(login)?;
                    self.respond("SOFTWARE_TOKEN_MFA", &session, login, "SOFTWARE_TOKEN_MFA_CODE", &code)?
                }
                Some(other) => bail!("Cognito asks for {other}"),
                None => {
                    let tokens = &answer["AuthenticationResult"];
                    if login.totp_secret.is_some() {
                        return Ok(tokens[kind].as_str().context("no token")?.to_owned());
                    }
                    // The emulator lets somebody in who has no second factor yet; AWS asks to set one up first.
                    self.enrol(&json!({ "AccessToken": tokens["AccessToken"] }), login)?;
                    self.begin(login)?
                }
            };
        }
    }

    fn begin(&self, login: &Login) -> Result<Value> {
        let parameters = json!({ "USERNAME": login.email, "PASSWORD": login.password });
        let input = json!({ "ClientId": self.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        self.call("InitiateAuth", &input)
    }

    fn respond(
        &self,
        challenge: &str,
        session: &Value,
        login: &Login,
        name: &str,
        value: &str,
    ) -> Result<Value> {
        let mut responses = json!({ "USERNAME": login.email });
        if !name.is_empty() {
            responses[name] = value.into();
        }
        let input = json!({
            "ClientId": self.client, "ChallengeName": challenge, "Session": session, "ChallengeResponses": responses,
        });
        self.call("RespondToAuthChallenge", &input)
    }

    /// Enrols an authenticator; answers the session to go on with.
    fn enrol(&self, proof: &Value, login: &mut Login) -> Result<Value> {
        let associated = self.call("AssociateSoftwareToken", proof)?;
        login.totp_secret = Some(associated["SecretCode"].as_str().context("no secret")?.to_owned());
        let mut input = proof.clone();
        if proof.get("Session").is_some() {
            input["Session"] = associated["Session"].clone();
        }
        input["UserCode"] = code(login)?.into();
        Ok(self.call("VerifySoftwareToken", &input)?["Session"].clone())
    }

    fn call(&self, operation: &str, input: &Value) -> Result<Value> {
        let answer = self
            .http
            .ask("POST", &self.endpoint)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
            .bytes(input.to_string().into_bytes())
            .send()?;
        answer.read(200).with_context(|| format!("Cognito refuses {operation}"))
    }
}

/// A password that any of the pools takes.
pub fn password() -> String {
    format!("{}aA1!", uuid::Uuid::new_v4().simple())
}

/// What the authenticator shows just now.
fn code(login: &Login) -> Result<String> {
    let secret = login.totp_secret.as_ref().context("no authenticator is enrolled")?;
    let secret = Secret::try_from_base32(secret).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let totp = Builder::new().with_secret(secret).build().map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(totp.generate(now).to_string())
}
