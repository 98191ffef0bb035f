//! Sign-in: what a token of the identity provider has to show before a session starts.
//!
//! Its pool's settings demand a second factor, but settings can be changed; so everything is checked here again:
//! signature, issuer, kind, client, age, first use, an enabled user with a software token.

use crate::problem::Problem;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use std::sync::{Mutex, PoisonError};
use visage_store::directory::{Directory, UsedToken};
use visage_store::identity::UserPool;

/// A sign-in older than this starts no session.
pub const FRESHNESS: SignedDuration = SignedDuration::from_mins(5);
/// By how many seconds the pool's clock may be ahead of ours.
const CLOCKS_DIFFER: i64 = 60;
/// How long the pool's keys are taken as known.
const KEYS_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How soon unknown key ids may make us ask again.
const KEYS_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// The claims of a Cognito access token that count.
#[derive(Clone, Debug, Deserialize)]
struct Claims {
    sub: String,
    username: String,
    client_id: String,
    token_use: String,
    auth_time: i64,
    jti: String,
}

impl Claims {
    /// Whether this is the access token of a sign-in through `client` a moment before `now`.
    fn start_a_session(&self, client: &str, now: Timestamp) -> bool {
        let age = now.as_second() - self.auth_time;
        self.token_use == "access"
            && self.client_id == client
            && (-CLOCKS_DIFFER..=FRESHNESS.as_secs()).contains(&age)
    }
}

/// What a token says that `key` signed for `issuer` and that hasn't expired; none otherwise.
fn claims_of(token: &str, key: &DecodingKey, issuer: &str) -> Option<Claims> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "iss"]);
    // Access tokens of Cognito have no audience; `client_id` says it.
    validation.validate_aud = false;
    validation.leeway = 0;
    decode::<Claims>(token, key, &validation).ok().map(|token| token.claims)
}

/// Somebody whose token was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The person (`sub`).
    pub subject: String,
    /// The token's `jti`.
    token: String,
}

/// Checks sign-ins of one user pool.
#[derive(Debug)]
pub struct SignIn {
    pool: UserPool,
    client: String,
    directory: Directory,
    keys: Mutex<Option<(JwkSet, Timestamp)>>,
}

impl SignIn {
    /// Sign-in by `pool` through its client `client`.
    pub const fn new(pool: UserPool, client: String, directory: Directory) -> Self {
        Self { pool, client, directory, keys: Mutex::new(None) }
    }

    /// Uses a checked token up: it starts one session.
    ///
    /// # Errors
    /// 401 if it was used before.
    pub async fn use_up(&self, person: SignedIn, now: Timestamp) -> Result<(), Problem> {
        let first = self.directory.add(&UsedToken { token: person.token, used_at: now }).await?;
        if first { Ok(()) } else { Err(Problem::unauthenticated()) }
    }

    /// Checks an access token. Says who signed in.
    ///
    /// # Errors
    /// 401, whatever is wrong with the token.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<SignedIn, Problem> {
        let key = self.key(token, now).await?.ok_or_else(Problem::unauthenticated)?;
        let claims = claims_of(token, &key, &self.pool.issuer())
            .filter(|claims| claims.start_a_session(&self.client, now))
            .ok_or_else(Problem::unauthenticated)?;
        let user = self.pool.user(&claims.username).await?.ok_or_else(Problem::unauthenticated)?;
        if !user.enabled || !user.software_token || user.subject != claims.sub {
            return Err(Problem::unauthenticated());
        }
        Ok(SignedIn { subject: claims.sub, token: claims.jti })
    }

    /// The pool's key that a token names; none if it names none, or would be checked in another way than Cognito signs.
    async fn key(&self, token: &str, now: Timestamp) -> Result<Option<DecodingKey>, Problem> {
        let header = decode_header(token).ok().filter(|header| header.alg == Algorithm::RS256);
        let Some(id) = header.and_then(|header| header.kid) else { return Ok(None) };
        let known = self.known(now);
        let wanted = |keys: &JwkSet| keys.find(&id).and_then(|jwk| DecodingKey::from_jwk(jwk).ok());
        match known {
            Some((keys, since)) if wanted(&keys).is_some() || now.duration_since(since) < KEYS_PAUSE => {
                Ok(wanted(&keys))
            }
            _ => {
                let bytes = self.pool.json_web_keys().await?;
                let keys: JwkSet = serde_json::from_slice(&bytes).map_err(|_| Problem::unavailable())?;
                let key = wanted(&keys);
                *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some((keys, now));
                Ok(key)
            }
        }
    }

    fn known(&self, now: Timestamp) -> Option<(JwkSet, Timestamp)> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.clone().filter(|(_, since)| now.duration_since(*since) < KEYS_LIFETIME)
    }
}

#[cfg(test)]
mod tests;
