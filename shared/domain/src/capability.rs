//! Capabilities: whoever holds the secret may do the one thing it is for.
//!
//! Written `v1.<clinic>.<secret>`; the secret is 256 random bits. It travels in a URL's fragment and in a header or
//! body, never in a path or query; only its hash is stored.

use crate::clock::{Entropy, random};
use crate::ids::{ClinicId, StaffId};
use data_encoding::BASE64URL_NOPAD;
use std::fmt;

/// A secret of 256 bits that prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A fresh secret.
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self(random(entropy))
    }

    /// The bits, to be hashed.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 43 characters that stand for it in a token.
    pub fn encode(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Reads what [`Secret::encode`] wrote.
    pub fn decode(text: &str) -> Option<Self> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A resume token or report link: names the clinic, so that the look-up starts from the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The clinic that issued it.
    pub clinic: ClinicId,
    /// What makes it a capability.
    pub secret: Secret,
}

impl Capability {
    /// A fresh capability of `clinic`.
    pub fn new(clinic: ClinicId, entropy: &dyn Entropy) -> Self {
        Self { clinic, secret: Secret::new(entropy) }
    }

    /// The text that is handed out, once.
    pub fn encode(&self) -> String {
        format!("v1.{}.{}", self.clinic, self.secret.encode())
    }

    /// Reads what [`Capability::encode`] wrote; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        let (clinic, secret) = text.strip_prefix("v1.")?.split_once('.')?;
        Some(Self { clinic: clinic.parse().ok()?, secret: Secret::decode(secret)? })
    }
}

/// A staff session's token. Names clinic and user, so that session, membership and clinic are read in one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionToken {
    /// The clinic the session is for.
    pub clinic: ClinicId,
    /// Whose session.
    pub staff: StaffId,
    /// What makes it a session.
    pub secret: Secret,
}

impl SessionToken {
    /// The text that is handed out, once.
    pub fn encode(&self) -> String {
        format!("v1.{}.{}.{}", self.clinic, self.staff, self.secret.encode())
    }

    /// Reads what [`SessionToken::encode`] wrote; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("v1.")?.splitn(3, '.');
        Some(Self {
            clinic: parts.next()?.parse().ok()?,
            staff: parts.next()?.parse().ok()?,
            secret: Secret::decode(parts.next()?)?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed(u8);
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_capability_reads_back() {
        let capability = Capability::new(ClinicId::from_bits([7; 16]), &Fixed(9));
        assert_eq!(Capability::decode(&capability.encode()), Some(capability.clone()));
        assert!(!format!("{capability:?}").contains(&capability.secret.encode()));
    }

    #[test]
    fn a_session_token_is_no_capability() {
        let token = SessionToken {
            clinic: ClinicId::from_bits([7; 16]),
            staff: StaffId::from_bits([8; 16]),
            secret: Secret::new(&Fixed(9)),
        };
        assert_eq!(Capability::decode(&token.encode()), None);
        assert_eq!(SessionToken::decode(&token.encode()), Some(token));
    }

    proptest! {
        #[test]
        fn nothing_panics(text: String) {
            let _ = Capability::decode(&text);
            let _ = SessionToken::decode(&text);
        }
    }
}
