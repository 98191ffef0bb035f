//! What stands beside a signed evaluation, as staff see it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::evaluation::{Addendum, AddendumText, Reason, Withdrawal};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::StaffId;
use visage_domain::phi::Phi;
use visage_domain::principal::Role;
use visage_store::StoreError;
use visage_store::records::Stored;
use visage_store::vault::DataKey;

/// An addendum.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    number: u32,
    text: Phi<String>,
    signed_by: StaffId,
    signed_at: Timestamp,
    /// Covers what was signed before it, too.
    content_hash: String,
}

impl Added {
    /// What is shown of it: what it says, as the assessment, to those who evaluate.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("number"),
        shown("text").to(&[Role::Provider]),
        shown("signedBy"),
        shown("signedAt"),
        shown("contentHash"),
    ];

    pub(crate) fn of(addendum: &Stored<Addendum>, key: &DataKey) -> Result<Self, StoreError> {
        Ok(Self::signed(&addendum.record, addendum.open(key)?))
    }

    pub(crate) fn signed(addendum: &Addendum, text: AddendumText) -> Self {
        let Addendum { number, signed_by, signed_at, content_hash, .. } = addendum.clone();
        Self { number, text: text.text, signed_by, signed_at, content_hash }
    }
}

/// A withdrawal.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Withdrawn {
    withdrawn_by: StaffId,
    withdrawn_at: Timestamp,
    reason: Reason,
}

impl Withdrawn {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] =
        &[shown("withdrawnBy"), shown("withdrawnAt"), shown("reason")];

    pub(crate) fn of(withdrawal: &Stored<Withdrawal>, key: &DataKey) -> Result<Self, StoreError> {
        Ok(Self::because(&withdrawal.record, withdrawal.open(key)?))
    }

    pub(crate) const fn because(withdrawal: &Withdrawal, reason: Reason) -> Self {
        Self { withdrawn_by: withdrawal.withdrawn_by, withdrawn_at: withdrawal.withdrawn_at, reason }
    }
}
