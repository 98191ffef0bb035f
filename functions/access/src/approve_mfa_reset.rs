//! Approves that somebody who lost their authenticator or password gets new ones: their sessions end, and their account is made
//! anew, with a temporary password by mail and an authenticator to enrol.
//!
//! Cognito has no call of which it is known that it makes an enrolled authenticator useless; a removed account is.

use crate::member::{self, Path};
use crate::request_mfa_reset::check_is_ours;
use jiff::Timestamp;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::ids::StaffId;
use visage_domain::permission::{self, Permission, RequestMfaReset};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::staff::{MfaReset, Staff as Member};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::directory::{Directory, MembershipEntry};
use visage_store::identity::UserPool;
use visage_store::records::{Records, keys};
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct ApproveMfaReset {
    records: Records,
    vault: Vault,
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
            Problem::never_signed_in(),
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
        Ok(Self {
            records: setup.records()?,
            vault: setup.vault()?,
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
        let (stored, reset, key) = tokio::join!(
            member::read(&self.records, scope, staff),
            self.records.get(scope, keys::mfa_reset(staff)),
            self.vault.unwrap_key(scope, &call.caller.clinic.key, Subject::Clinic)
        );
        let (stored, reset, key) = (stored?, reset?, key?);
        let reset = reset.filter(|it| it.record.is_open(call.now)).ok_or_else(Problem::not_found)?;
        member::check_stays(&stored.record)?;
        if !reset.record.may_be_approved_by(approver) {
            return Err(Problem::needs_another());
        }
        self.check_asker(scope, reset.record.requested_by).await?;
        let accepted_at = check_is_ours(&self.directory, &stored.record.subject, scope.clinic()).await?;
        let approved = MfaReset { approved_by: Some(approver), ..reset.record.clone() };
        let signed_out = Member { signed_out_at: Some(call.now), ..stored.record.clone() };
        let transaction = || self.records.transaction(scope, &*self.setup.entropy);
        let begun = transaction().replace(MfaReset::TYPE, &reset, &approved)?.replace(
            Member::TYPE,
            &stored,
            &signed_out,
        )?;
        call.trail.begin(begun).await?;
        let stored = stored.followed_by(signed_out);
        let subject = self.account_anew(&stored.open(&key)?.email, call.now).await?;
        let renewed = Member { subject, ..stored.record.clone() };
        let entry = MembershipEntry::of(&renewed, scope.clinic());
        self.directory.set(&MembershipEntry { accepted_at: Some(accepted_at), ..entry }).await?;
        let done = transaction().delete(MfaReset::TYPE, &reset.followed_by(approved))?.replace(
            Member::TYPE,
            &stored,
            &renewed,
        )?;
        let audited = call.trail.commit(done).await?;
        self.directory.remove_membership(&stored.record.subject, scope.clinic()).await?;
        Ok(audited.map(|()| Reply::empty()))
    }
}

impl ApproveMfaReset {
    /// That who asked may still ask.
    async fn check_asker<P>(&self, scope: &Scope<P>, asked: StaffId) -> Result<(), Problem> {
        let asker = member::read(&self.records, scope, asked).await?.record;
        let may = asker.is_active() && RequestMfaReset::GRANT.includes(&asker.actor());
        if may { Ok(()) } else { Err(Problem::needs_another()) }
    }

    /// Removes the account and makes another. If this breaks off, the next approval does all of it again.
    async fn account_anew(&self, email: &str, now: Timestamp) -> Result<String, Problem> {
        self.pool.remove(email).await?;
        Ok(self.pool.invite(email, now).await?.subject)
    }
}
