//! Typed identifiers: a prefix that says what it names, then 128 random bits (`eva_` and 26 characters).
//!
//! An identifier says nothing about whom or what it names, so it may stand in URLs, logs and audit entries.

use crate::clock::{Entropy, random};
use data_encoding::{Encoding, Specification};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::{fmt, str::FromStr, sync::LazyLock};

/// Crockford's base 32 alphabet in lower case: no `i`, `l`, `o`, `u`, so ids survive being read aloud.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    match specification.encoding() {
        Ok(encoding) => encoding,
        Err(_) => data_encoding::BASE32_NOPAD,
    }
});

/// The text is not an identifier of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed identifier")]
pub struct MalformedId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// What every identifier of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh identifier.
            pub fn new(entropy: &dyn Entropy) -> Self {
                Self(random(entropy))
            }

            /// The identifier that these bits name; for identifiers derived from a hash.
            pub const fn from_bits(bits: [u8; 16]) -> Self {
                Self(bits)
            }

            /// The 128 bits, without the prefix.
            pub const fn bits(self) -> [u8; 16] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, BASE32.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let body = text.strip_prefix(concat!($prefix, "_")).ok_or(MalformedId)?;
                let bits = BASE32.decode(body.as_bytes()).map_err(|_| MalformedId)?;
                bits.try_into().map(Self).map_err(|_| MalformedId)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            /// 128 bits fill 25 characters and three fifths of another, of which only eight are ever the last.
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": concat!("An identifier: `", $prefix, "_` and 26 characters."),
                    "type": "string",
                    "pattern": concat!("^", $prefix, "_[0-9a-hjkmnp-tv-z]{25}[048cgmrw]$"),
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedId;

            fn try_from(text: String) -> Result<Self, MalformedId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

id!(
    /// A clinic: the tenant.
    ClinicId, "cli");
id!(
    /// A clinic's user. One person has one of these per clinic they work for.
    StaffId, "stf");
id!(
    /// A person who is evaluated.
    PatientId, "pat");
id!(
    /// What a patient fills in and submits.
    IntakeId, "int");
id!(
    /// What a provider makes of an intake.
    EvaluationId, "eva");
id!(
    /// A photo of a patient.
    PhotoId, "pho");
id!(
    /// A document of a patient: an answer that is a file.
    DocumentId, "doc");
id!(
    /// That a patient is asked for another photo.
    RetakeId, "ret");
id!(
    /// A permission to upload one file; the random part of the object's key.
    UploadId, "upl");
id!(
    /// A consent given or refused.
    ConsentId, "con");
id!(
    /// A rendered report.
    ReportId, "rep");
id!(
    /// A capability: derived from the hash of its secret.
    LinkId, "lnk");
id!(
    /// What two records of one person have in common: derived from a keyed hash.
    MatchId, "mat");
id!(
    /// Work that a transaction left to be done: a notice to send, a report to render.
    OutboxId, "out");
id!(
    /// What those who answer for a clinic are told by e-mail.
    AlertId, "alt");
id!(
    /// That answers of many patients are taken out.
    ExportId, "exp");
id!(
    /// That somebody broke the glass.
    BreakGlassId, "brk");
id!(
    /// A review of who has access.
    AccessReviewId, "rev");
id!(
    /// What a piece of the audit log told of a user, for an access review.
    TallyId, "tly");
id!(
    /// An entry of the audit log.
    AuditId, "aud");
id!(
    /// A staff or operator session: derived from the hash of its token.
    SessionId, "ses");
id!(
    /// A step of a purge.
    DestructionId, "des");
id!(
    /// A platform operator.
    OperatorId, "opr");
id!(
    /// A note of staff.
    NoteId, "not");
id!(
    /// What is counted by address: a network at one clinic, derived from a keyed hash, or a network or mailbox that asks to
    /// register a clinic, derived from a plain one.
    AddressId, "adr");

/// An intake leads to one evaluation, which has the same bits: what belongs to a visit is found from either.
impl From<IntakeId> for EvaluationId {
    fn from(intake: IntakeId) -> Self {
        Self::from_bits(intake.bits())
    }
}

/// See the other direction.
impl From<EvaluationId> for IntakeId {
    fn from(evaluation: EvaluationId) -> Self {
        Self::from_bits(evaluation.bits())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_carry_their_prefix() {
        let id = ClinicId::from_bits([0; 16]);
        assert_eq!(id.to_string(), "cli_00000000000000000000000000");
        assert_eq!("pat_00000000000000000000000000".parse::<ClinicId>(), Err(MalformedId));
    }

    proptest! {
        #[test]
        fn ids_round_trip(bits: [u8; 16]) {
            let id = PatientId::from_bits(bits);
            prop_assert_eq!(id.to_string().parse::<PatientId>().unwrap(), id);
        }

        #[test]
        fn ids_are_what_their_schema_says(bits: [u8; 16]) {
            let pattern = SchemaGenerator::default().into_root_schema_for::<PatientId>();
            let pattern = regex::Regex::new(pattern.get("pattern").and_then(|it| it.as_str()).unwrap()).unwrap();
            let id = PatientId::from_bits(bits).to_string();
            prop_assert!(pattern.is_match(&id));
            prop_assert!(!pattern.is_match(&id.replace("pat_", "eva_")));
        }

        #[test]
        fn what_the_schema_takes_is_an_id(text in "pat_[0-9a-hjkmnp-tv-z]{25}[048cgmrw]") {
            prop_assert_eq!(text.parse::<PatientId>().unwrap().to_string(), text);
        }

        #[test]
        fn only_the_canonical_text_is_an_id(text in "pat_[0-9a-z]{26}") {
            if let Ok(id) = text.parse::<PatientId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        #[test]
        fn nothing_panics(text: String) {
            let _ = text.parse::<PatientId>();
        }
    }
}
