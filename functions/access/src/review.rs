//! An access review: named in a path, read, and shown.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::access_review::{AccessReview, Attestation, ReviewLine, ReviewOccasion, ReviewState};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{AccessReviewId, StaffId};
use visage_domain::principal::Role;
use visage_domain::staff::{BulkGrant, StaffStatus};

/// Which a path names.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    pub(crate) access_review: AccessReviewId,
}

/// A review, without its lines.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AccessReview")]
pub struct Shown {
    access_review: AccessReviewId,
    state: ReviewState,
    occasion: ReviewOccasion,
    /// What was done from then on is looked at, until the review was started.
    since: Timestamp,
    started_at: Timestamp,
    /// Who started it; missing if the quarter did.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by: Option<StaffId>,
    /// How many users it is about; 0 until that is known.
    users: u32,
    /// Of how many somebody said what becomes of their access.
    attested: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
}

impl Shown {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("accessReview"),
        shown("state"),
        shown("occasion"),
        shown("since"),
        shown("startedAt"),
        shown("startedBy"),
        shown("users"),
        shown("attested"),
        shown("closedAt"),
    ];

    /// Its id, as the log names it.
    pub(crate) fn id(&self) -> String {
        self.access_review.to_string()
    }
}

impl From<AccessReview> for Shown {
    fn from(it: AccessReview) -> Self {
        Self {
            access_review: it.access_review,
            state: it.state,
            occasion: it.occasion,
            since: it.since,
            started_at: it.started_at,
            started_by: it.started_by,
            users: it.users,
            attested: it.attested,
            closed_at: it.closed_at,
        }
    }
}

/// What a review has of one user, as it was when it was gathered.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AccessReviewLine")]
pub(crate) struct Line {
    staff: StaffId,
    roles: Vec<Role>,
    status: StaffStatus,
    /// Since when they belong to the clinic.
    member_since: Timestamp,
    /// What they may do to many patients at once, as far as that holds.
    bulk_permissions: Vec<BulkGrant>,
    /// Whether their account has an authenticator.
    second_factor: bool,
    /// When they signed in last, however long ago; missing if they never did, or not since this is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sign_in: Option<Timestamp>,
    /// Whether they belonged to the clinic for all of that time and never signed in.
    dormant: bool,
    /// Of how many patients they were shown something; whom a list showed counts as well.
    patients: u32,
    /// Of how many of these by a broken glass.
    patients_in_emergencies: u32,
    /// The permissions that their roles give and that they didn't use.
    permissions_unused: Vec<String>,
    /// When all of this was so.
    compiled_at: Timestamp,
    /// What somebody says of it, once they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    attestation: Option<Attestation>,
}

impl Line {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("staff"),
        shown("roles"),
        shown("status"),
        shown("memberSince"),
        shown("bulkPermissions").of(BulkGrant::FIELDS),
        shown("secondFactor"),
        shown("lastSignIn"),
        shown("dormant"),
        shown("patients"),
        shown("patientsInEmergencies"),
        shown("permissionsUnused"),
        shown("compiledAt"),
        shown("attestation").of(Attestation::FIELDS),
    ];

    /// Whose it is, as the log names them.
    pub(crate) fn id(&self) -> String {
        self.staff.to_string()
    }
}

impl From<ReviewLine> for Line {
    fn from(it: ReviewLine) -> Self {
        Self {
            staff: it.staff,
            roles: it.roles,
            status: it.status,
            member_since: it.member_since,
            bulk_permissions: it.bulk,
            second_factor: it.second_factor,
            last_sign_in: it.last_sign_in,
            dormant: it.dormant,
            patients: it.patients,
            patients_in_emergencies: it.patients_in_emergencies,
            permissions_unused: it.permissions_unused,
            compiled_at: it.compiled_at,
            attestation: it.attestation,
        }
    }
}
