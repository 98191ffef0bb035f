//! Channels that the patient confirmed: that a message to this address reaches them, and nobody else by a typing error.
//!
//! The first message to an address carries a link; who opens it and says yes has confirmed the address. Links to a
//! report go only to addresses confirmed so.

use crate::ids::{EvaluationId, LinkId, PatientId};
use crate::outbox::Channel;
use crate::phi::Phi;
use crate::retention::{Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a channel may be confirmed after the message.
pub const CONFIRMATION_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An address: a number or a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The e-mail address, or the number as E.164.
    pub address: Phi<String>,
}

/// The link by which a channel is confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationLink {
    /// Derived from the hash.
    pub link: LinkId,
    /// SHA-256 of the secret, hexadecimal.
    pub secret_hash: String,
    /// Whose channel.
    pub patient: PatientId,
    /// The evaluation that the message was about.
    pub evaluation: EvaluationId,
    /// The channel.
    pub channel: Channel,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl Record for ConfirmationLink {
    const TYPE: &'static str = "confirmation_link";
    // That the message left is the notice's record, and that the address was confirmed is [`ConfirmedChannel`].
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Address;

    fn anchor(&self) -> Timestamp {
        self.created_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// That a channel was confirmed, for what an evaluation causes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmedChannel {
    /// Whose.
    pub patient: PatientId,
    /// The evaluation whose messages may go there.
    pub evaluation: EvaluationId,
    /// The channel.
    pub channel: Channel,
    /// With which link.
    pub link: LinkId,
    /// When.
    pub confirmed_at: Timestamp,
}

impl Record for ConfirmedChannel {
    const TYPE: &'static str = "confirmed_channel";
    // What it permits is a disclosure: it is kept as the consents are.
    const CLASS: RecordClass = RecordClass::Consent;
    type Sealed = Address;

    fn anchor(&self) -> Timestamp {
        self.confirmed_at
    }
}
