//! An owner who lost their authenticator, or let their invitation lapse, at a clinic where nobody can help: here the platform's
//! operators do.

use crate::member;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::scope::Scope;
use visage_domain::staff::{MfaReset, ResetActor, Staff as Member, helps_itself};
use visage_platform::Problem;
use visage_store::directory::Directory;
use visage_store::records::{Records, Stored, keys};

/// Which owner, of which clinic.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    pub(crate) clinic: ClinicId,
    pub(crate) staff: StaffId,
}

/// The owner that the path names, whom nobody at the clinic can help, and what was asked for.
///
/// # Errors
/// 404 if the clinic has no such owner who may work; 409 if others of the clinic can help.
pub(crate) async fn read<P>(
    records: &Records,
    scope: &Scope<P>,
    staff: StaffId,
) -> Result<(Stored<Member>, Option<Stored<MfaReset>>), Problem> {
    let (owner, reset, members) = tokio::join!(
        member::read(records, scope, staff),
        records.get(scope, keys::mfa_reset(staff)),
        records.members(scope)
    );
    let (owner, reset, members) = (owner?, reset?, members?);
    if !owner.record.is_active_owner() {
        return Err(Problem::not_found());
    }
    if helps_itself(members.iter().map(|it| &it.record), &owner.record) {
        return Err(Problem::clinic_helps_itself());
    }
    Ok((owner, reset))
}

/// Whether an operator asked, and their sessions weren't ended since, as those of one who left or was robbed are: otherwise what
/// they asked for counts for nothing.
pub(crate) async fn asker_counts(directory: &Directory, reset: &MfaReset) -> Result<bool, Problem> {
    let ResetActor::Operator(asker) = reset.requested_by else { return Ok(false) };
    let sign_out = directory.operator_sign_out(asker).await?;
    Ok(!sign_out.is_some_and(|it| it.ends(reset.requested_at)))
}
