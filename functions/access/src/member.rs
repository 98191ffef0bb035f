//! One user of the clinic: named in a path, read, and shown.

use crate::resetting::Waiting;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::clinic::Clinic;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::StaffId;
use visage_domain::permission::{ManageSessions, Permission};
use visage_domain::principal::Role;
use visage_domain::scope::Scope;
use visage_domain::staff::{BulkGrant, Licence, MfaReset, Staff as Member, StaffDetails, StaffStatus};
use visage_platform::operation::etag;
use visage_platform::problem::FieldProblem;
use visage_platform::{Problem, Staff};
use visage_store::records::{Records, Stored, keys};

/// Whom a path names.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    pub(crate) staff: StaffId,
}

/// A user, as those see them who run the clinic.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    staff: StaffId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
    email: String,
    roles: Vec<Role>,
    licences: Vec<Licence>,
    /// Whether one of the licences is of the clinic's state and valid today.
    licensed: bool,
    status: StaffStatus,
    since: Timestamp,
    /// When they first came in, since they were invited last; until then they were only invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<Timestamp>,
    /// What they may do to many patients at once, as far as that isn't over.
    bulk_permissions: Vec<BulkGrant>,
    /// In a list of users: the request for another authenticator that waits for its approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_reset: Option<Waiting>,
    /// What a change is based on (`If-Match`).
    etag: String,
}

impl Shown {
    /// What is shown of them. What a change is based on is for those who may change it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("staff"),
        shown("name"),
        shown("credential"),
        shown("email"),
        shown("roles"),
        shown("licences").of(Licence::FIELDS),
        shown("licensed"),
        shown("status"),
        shown("since"),
        shown("acceptedAt"),
        shown("bulkPermissions").of(BulkGrant::FIELDS),
        shown("mfaReset").of(Waiting::FIELDS),
        shown("etag").to(&[Role::Owner]),
    ];

    /// `member` at `version`, as it is at `now` of the clinic's calendar.
    pub(crate) fn of(
        member: Member,
        details: StaffDetails,
        version: u64,
        clinic: &Clinic,
        now: Timestamp,
    ) -> Self {
        Self {
            licensed: member.is_licensed(&clinic.state, clinic.today(now)),
            bulk_permissions: member.bulk.into_iter().filter(|grant| grant.holds(now)).collect(),
            staff: member.staff,
            name: details.name,
            credential: details.credential,
            email: details.email,
            roles: member.roles,
            licences: member.licences,
            status: member.status,
            since: member.since,
            accepted_at: member.accepted_at,
            mfa_reset: None,
            etag: etag(version),
        }
    }

    /// The same with the request about them among `resets` that is open at `now`, if there is one.
    pub(crate) fn with_reset(self, resets: &[Stored<MfaReset>], now: Timestamp) -> Self {
        let is_theirs = |it: &&Stored<MfaReset>| it.record.staff == self.staff && it.record.is_open(now);
        let mfa_reset = resets.iter().find(is_theirs).map(|it| Waiting::of(&it.record));
        Self { mfa_reset, ..self }
    }

    /// Their id, as the log names them.
    pub(crate) fn id(&self) -> String {
        self.staff.to_string()
    }

    /// The name that lists are sorted by.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// The user that the path names.
///
/// # Errors
/// 404 if the clinic has none such.
pub(crate) async fn read<P>(
    records: &Records,
    scope: &Scope<P>,
    staff: StaffId,
) -> Result<Stored<Member>, Problem> {
    records.get(scope, keys::staff(staff)).await?.ok_or_else(Problem::not_found)
}

/// That a user didn't leave: who did is changed no more.
///
/// # Errors
/// 409 if they did.
pub(crate) fn check_stays(member: &Member) -> Result<(), Problem> {
    if member.status == StaffStatus::Terminated { Err(Problem::left()) } else { Ok(()) }
}

/// An active owner beside `leaving` who came in, whom a transaction is to require as they were read: of two owners who take each
/// other's place away at once, one is told.
///
/// # Errors
/// 409 if there is none.
pub(crate) async fn another_owner<P: Permission>(
    records: &Records,
    caller: &Staff<P>,
    leaving: StaffId,
) -> Result<Stored<Member>, Problem> {
    if caller.staff.record.staff != leaving && caller.staff.record.is_established_owner() {
        return Ok(caller.staff.clone());
    }
    let others = records.members(&caller.scope).await?;
    let mut owners =
        others.into_iter().filter(|it| it.record.is_established_owner() && it.record.staff != leaving);
    owners.next().ok_or_else(Problem::last_owner)
}

/// That the caller may see and end the sessions of `staff`: everybody their own, an owner everybody's.
///
/// # Errors
/// 403 if they may not.
pub(crate) fn check_may_manage<P: Permission>(caller: &Staff<P>, staff: StaffId) -> Result<(), Problem> {
    let own = &caller.staff.record;
    let may = own.staff == staff || ManageSessions::GRANT.includes(&own.actor());
    if may { Ok(()) } else { Err(Problem::forbidden()) }
}

/// That the caller may end sessions of `staff`: whose they may see. At a closed clinic nobody's but their own, so that who took
/// an owner's account over puts nobody else out.
///
/// # Errors
/// 403 if they may not.
pub(crate) fn check_may_end<P: Permission>(caller: &Staff<P>, staff: StaffId) -> Result<(), Problem> {
    check_may_manage(caller, staff)?;
    let is_own = caller.staff.record.staff == staff;
    if is_own || !caller.clinic.is_closed() { Ok(()) } else { Err(Problem::clinic_closed()) }
}

/// What is wrong with what was sent, all of it.
///
/// # Errors
/// 422 if anything is.
pub(crate) fn check(faults: Vec<(String, &'static str)>) -> Result<(), Problem> {
    let errors: Vec<_> = faults.into_iter().map(|(at, code)| FieldProblem::new(at, code)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_fields().with_errors(errors)) }
}
