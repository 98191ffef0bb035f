//! Tokens that are truly signed, and all the same start nothing: what a pool's settings or another pool's key could bring.

#![allow(clippy::unwrap_used)]
#![expect(
    clippy::disallowed_methods,
    reason = "what checks the expiry of a token asks the machine's clock; so do we"
)]

use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};

const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_staff";
const CLIENT: &str = "our-client";

/// A key that signs, and the one that checks it.
struct Pool {
    signs: KeyPair,
    checks: DecodingKey,
}

impl Pool {
    fn new() -> Self {
        let signs = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let checks = DecodingKey::from_rsa_der(signs.public_key().as_ref());
        Self { signs, checks }
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "kid": "key", "typ": "JWT" });
        let part = |part: &Value| base64url(part.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.signs.public_modulus_len()];
        self.signs.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", base64url(&signature))
    }

    /// Whether a token with these claims starts a session.
    fn admits(&self, claims: &Value) -> bool {
        let claims = claims_of(&self.sign(claims), &self.checks, ISSUER);
        claims.is_some_and(|claims| claims.start_a_session(CLIENT, Timestamp::now()))
    }
}

fn base64url(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

fn good() -> Value {
    let now = Timestamp::now().as_second();
    json!({
        "iss": ISSUER, "sub": "a-person", "username": "a-person", "client_id": CLIENT, "token_use": "access",
        "auth_time": now, "exp": now + 300, "iat": now, "jti": "a-token",
    })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = good();
    claims[name] = value.into();
    claims
}

#[test]
fn only_an_access_token_of_our_client_fresh_from_our_pool_starts_a_session() {
    let (pool, now) = (Pool::new(), Timestamp::now().as_second());
    assert!(pool.admits(&good()));
    assert!(pool.admits(&with("auth_time", now - 290)) && pool.admits(&with("auth_time", now + 50)));
    let other_pool = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_operators";
    for (name, wrong) in [
        ("token_use", json!("id")),
        ("client_id", json!("another-client")),
        ("iss", json!(other_pool)),
        ("exp", json!(now - 1)),
        ("auth_time", json!(now - 302)),
        ("auth_time", json!(now + 62)),
    ] {
        assert!(!pool.admits(&with(name, wrong.clone())), "{name}: {wrong}");
    }
    for name in ["iss", "sub", "username", "client_id", "token_use", "auth_time", "exp", "jti"] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        assert!(!pool.admits(&claims), "without {name}");
    }
}

#[test]
fn what_another_key_signed_says_nothing() {
    let (pool, other) = (Pool::new(), Pool::new());
    let token = other.sign(&good());
    assert!(claims_of(&token, &pool.checks, ISSUER).is_none());
    // Nor does a signature over other claims, none, or one with the public key as a shared secret.
    let parts: Vec<&str> = token.split('.').collect();
    let altered = base64url(with("sub", "somebody-else").to_string().as_bytes());
    let ours = pool.sign(&good());
    let signature = ours.rsplit('.').next().unwrap();
    let header = |alg: &str| base64url(json!({ "alg": alg, "kid": "key" }).to_string().as_bytes());
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, pool.signs.public_key().as_ref());
    let symmetric = format!("{}.{}", header("HS256"), parts[1]);
    let tag = base64url(aws_lc_rs::hmac::sign(&key, symmetric.as_bytes()).as_ref());
    for forged in [
        format!("{}.{altered}.{signature}", parts[0]),
        format!("{}.{}.", header("none"), parts[1]),
        format!("{symmetric}.{tag}"),
    ] {
        assert!(claims_of(&forged, &pool.checks, ISSUER).is_none(), "{forged}");
    }
}
