//! Approves that somebody who lost their authenticator or password gets new ones: their sessions end, and their account is made
//! anew, with a temporary password by mail and an authenticator to enrol.
//!
//! Cognito has no call of which it is known that it makes an enrolled authenticator useless; a removed account is.

use crate::member::{self, Path};
use crate::resetting::{Agreed, Resetting, check_came_in};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission::{self, Permission, RequestMfaReset};
use visage_domain::scope::Scope;
use visage_domain::staff::{MfaReset, ResetActor};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};
use visage_store::vault::Subject;

/// The operation.
pub struct ApproveMfaReset {
    resetting: Resetting,
}

impl Operation for ApproveMfaReset {
    const INFO: Info = Info {
        name: "approve_mfa_reset",
        method: "PUT",
        path: "/v1/staff/{staff}/mfa-reset/approval",
        purpose: Purpose::Security,
        status: 204,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[
            Problem::conflict(),
            Problem::left(),
            Problem::never_signed_in(),
            Problem::account_closed(),
            Problem::needs_another(),
            Problem::works_elsewhere(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Staff<permission::ApproveMfaReset>;
    type Path = Path;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { resetting: Resetting::new(setup)? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let (scope, staff) = (&call.caller.scope, call.path.staff);
        let Resetting { records, vault, .. } = &self.resetting;
        let (member, reset, key) = tokio::join!(
            member::read(records, scope, staff),
            records.get(scope, keys::mfa_reset(staff)),
            vault.unwrap_key(scope, &call.caller.clinic.key, Subject::Clinic)
        );
        let (member, reset, key) = (member?, reset?, key?);
        let reset = reset.filter(|it| it.record.is_open(call.now)).ok_or_else(Problem::not_found)?;
        check_came_in(&member.record)?;
        let by = ResetActor::Staff(call.caller.staff.record.staff);
        let asker_counts = asker_counts(records, scope, &reset.record).await?;
        let agreed = Agreed { member, reset, asker_counts, by, key, now: call.now };
        self.resetting.carry_out(scope, &call.trail, agreed).await
    }
}

/// Whether who asked is of the clinic and may still ask, and their sessions weren't ended since: otherwise what they asked for
/// counts for nothing.
pub(crate) async fn asker_counts<P>(
    records: &Records,
    scope: &Scope<P>,
    reset: &MfaReset,
) -> Result<bool, Problem> {
    let ResetActor::Staff(asker) = reset.requested_by else { return Ok(false) };
    let asker = member::read(records, scope, asker).await?.record;
    Ok(asker.admits_session(reset.requested_at) && RequestMfaReset::GRANT.includes(&asker.actor()))
}
