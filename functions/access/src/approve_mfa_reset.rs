//! Approves that somebody enrols another authenticator: their sessions end, and the next sign-in asks for a new one beside the
//! password.

use crate::member::{self, Path};
use crate::request_mfa_reset::check_is_ours;
use visage_domain::audit::Purpose;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::{MfaReset, Staff as Member, StaffStatus};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::directory::Directory;
use visage_store::identity::UserPool;
use visage_store::records::{Records, keys};

/// The operation.
pub struct ApproveMfaReset {
    records: Records,
    directory: Directory,
    pool: UserPool,
    setup: Setup,
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
            Problem::needs_another(),
            Problem::works_elsewhere(),
        ],
        headers: &[],
    };
    type Caller = Staff<permission::ApproveMfaReset>;
    type Path = Path;
    type Input = Empty;
    type Output = Empty;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            directory: setup.directory()?,
            pool: setup.staff_pool()?,
            setup: setup.clone(),
        })
    }

    /// On record first, then done: if this breaks off between the two, whoever approved approves again. Once it is done it
    /// is gone, and another reset takes two people again.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let (scope, staff) = (&call.caller.scope, call.path.staff);
        let approver = call.caller.staff.record.staff;
        let (stored, reset) = tokio::join!(
            member::read(&self.records, scope, staff),
            self.records.get(scope, keys::mfa_reset(staff))
        );
        let (stored, reset) = (stored?, reset?);
        let reset = reset.filter(|it| it.record.is_open(call.now)).ok_or_else(Problem::not_found)?;
        if stored.record.status == StaffStatus::Terminated {
            return Err(Problem::left());
        }
        if !reset.record.may_be_approved_by(approver) {
            return Err(Problem::needs_another());
        }
        check_is_ours(&self.directory, &stored.record.subject).await?;
        let approved = MfaReset { approved_by: Some(approver), ..reset.record.clone() };
        let signed_out = Member { signed_out_at: Some(call.now), ..stored.record.clone() };
        let transaction = || self.records.transaction(scope, &*self.setup.entropy);
        let begun = transaction().replace(MfaReset::TYPE, &reset, &approved)?.replace(
            Member::TYPE,
            &stored,
            &signed_out,
        )?;
        call.trail.begin(begun).await?;
        self.pool.forget_authenticator(&stored.record.subject).await?;
        let done = transaction().delete(MfaReset::TYPE, &reset.followed_by(approved))?;
        Ok(call.trail.commit(done).await?.map(|()| Reply::empty()))
    }
}
