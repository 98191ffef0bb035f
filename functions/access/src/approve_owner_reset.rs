//! Approves, as another operator of the platform than who asked, that a clinic's owner whom nobody there can help gets a new
//! password and authenticator: their sessions end, and their account is made anew, as when two of the clinic agree.
//!
//! The temporary password goes to the address on record: no operator is shown it, enters one, or changes it.

use crate::owner_reset::{self, Path};
use crate::resetting::{Agreed, Resetting};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::staff::ResetActor;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Operator, Problem, Reply, Setup, SetupError};
use visage_store::records::keys;
use visage_store::vault::Subject;

/// The operation.
pub struct ApproveOwnerReset {
    resetting: Resetting,
}

impl Operation for ApproveOwnerReset {
    const INFO: Info = Info {
        name: "approve_owner_reset",
        method: "PUT",
        path: "/v1/clinics/{clinic}/owners/{staff}/mfa-reset/approval",
        purpose: Purpose::Security,
        status: 204,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[
            Problem::conflict(),
            Problem::clinic_helps_itself(),
            Problem::account_closed(),
            Problem::already_exists(),
            Problem::needs_another(),
            Problem::works_elsewhere(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Operator<permission::ApproveOwnerReset>;
    type Path = Path;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { resetting: Resetting::new(setup)? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let Path { clinic, staff } = call.path;
        let scope = call.caller.scope_in(clinic)?;
        let Resetting { records, vault, directory, .. } = &self.resetting;
        let (found, known) =
            tokio::join!(owner_reset::read(records, &scope, staff), records.get(&scope, keys::clinic()));
        let ((member, reset), known) = (found?, known?.ok_or_else(Problem::not_found)?.record);
        let reset = reset.filter(|it| it.record.is_open(call.now)).ok_or_else(Problem::not_found)?;
        let by = ResetActor::Operator(call.caller.operator);
        let (counts, key) = tokio::join!(
            owner_reset::asker_counts(directory, &reset.record),
            vault.unwrap_key(&scope, &known.key, Subject::Clinic)
        );
        let agreed = Agreed { member, reset, asker_counts: counts?, by, key: key?, now: call.now };
        self.resetting.carry_out(&scope, &call.trail.in_clinic(clinic), agreed).await
    }
}
