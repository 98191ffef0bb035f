//! Asks that somebody who lost their authenticator or password gets new ones. It waits a day for the approval of a second
//! person.

use crate::member::{self, Path};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::MfaReset;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::directory::Directory;
use visage_store::records::{CommitError, Records, keys};

/// The operation.
pub struct RequestMfaReset {
    records: Records,
    directory: Directory,
    setup: Setup,
}

/// The request, as it waits.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    staff: StaffId,
    requested_by: StaffId,
    expires_at: Timestamp,
}

impl Operation for RequestMfaReset {
    const INFO: Info = Info {
        name: "request_mfa_reset",
        method: "PUT",
        path: "/v1/staff/{staff}/mfa-reset",
        purpose: Purpose::Security,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[
            Problem::already_exists(),
            Problem::left(),
            Problem::never_signed_in(),
            Problem::needs_another(),
            Problem::works_elsewhere(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("staff"), shown("requestedBy"), shown("expiresAt")];
    type Caller = Staff<permission::RequestMfaReset>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, directory: setup.directory()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, staff) = (&call.caller.scope, call.path.staff);
        let requested_by = call.caller.staff.record.staff;
        let (stored, waiting) = tokio::join!(
            member::read(&self.records, scope, staff),
            self.records.get(scope, keys::mfa_reset(staff))
        );
        let (stored, waiting) = (stored?, waiting?);
        member::check_stays(&stored.record)?;
        if requested_by == staff {
            return Err(Problem::needs_another());
        }
        check_is_ours(&self.directory, &stored.record.subject, scope.clinic()).await?;
        let reset = MfaReset { staff, requested_by, requested_at: call.now, approved_by: None };
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = match &waiting {
            // A second click finds its request waiting.
            Some(it) if it.record.is_waiting(call.now) && it.record.requested_by == requested_by => {
                return call.trail.after(Vec::new(), Reply::new(Output::of(&it.record))).await;
            }
            Some(it) if it.record.is_waiting(call.now) => return Err(Problem::already_exists()),
            Some(over) => transaction.replace(MfaReset::TYPE, over, &reset)?,
            None => transaction.create(MfaReset::TYPE, &reset)?,
        };
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Output::of(&reset)))),
            Err(CommitError::Conflict(_)) => Err(Problem::already_exists()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Output {
    fn of(reset: &MfaReset) -> Self {
        let MfaReset { staff, requested_by, .. } = *reset;
        Self { staff, requested_by, expires_at: reset.expires_at().unwrap_or(reset.requested_at) }
    }
}

/// That a person's account is this clinic's alone: what one clinic's people agree on must not weaken another's. Whom a
/// clinic invited and who never came has agreed to nothing: neither is anything said of them here, nor does an invitation
/// elsewhere count. Answers when they first came in.
///
/// # Errors
/// 409 if they never came in here, or work elsewhere too.
pub(crate) async fn check_is_ours(
    directory: &Directory,
    subject: &str,
    clinic: ClinicId,
) -> Result<Timestamp, Problem> {
    let memberships = directory.memberships(subject).await?;
    let (here, elsewhere): (Vec<_>, Vec<_>) = memberships.iter().partition(|it| it.clinic == clinic);
    let accepted_at = here.iter().find_map(|it| it.accepted_at).ok_or_else(Problem::never_signed_in)?;
    let works_elsewhere = elsewhere.iter().any(|it| it.accepted_at.is_some());
    if works_elsewhere { Err(Problem::works_elsewhere()) } else { Ok(accepted_at) }
}
