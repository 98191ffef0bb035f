//! The second click: a creating request that is sent again gets the answer of the first.

use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a repeated request is recognised.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// What a creating request made, kept under a hash of its caller, operation and `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotentRequest {
    /// HMAC over caller, operation and key, hexadecimal.
    pub request_mac: String,
    /// HMAC over the body, hexadecimal: the same key with another body is a mistake of the client.
    pub body_mac: String,
    /// Identifiers of what was made, in the operation's order.
    pub created: Vec<String>,
    /// When.
    pub at: Timestamp,
}

impl Record for IdempotentRequest {
    const TYPE: &'static str = "idempotent_request";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.at.checked_add(LIFETIME).ok()
    }
}
