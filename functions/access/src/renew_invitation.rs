//! Sends an invitation again, with another temporary password, to somebody who never came in: because the mail was lost, or
//! the three days of its password are over.
//!
//! Who signs in elsewhere is mailed nothing and comes in as they do there; the answer doesn't tell.

use crate::inviting;
use crate::member::{self, Path};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::ids::StaffId;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::{Staff as Member, StaffStatus};
use visage_platform::idempotency::Idempotent;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::accounts::{Invited, invite_again};
use visage_store::directory::{Directory, MembershipEntry};
use visage_store::identity::UserPool;
use visage_store::records::{Records, Stored};
use visage_store::vault::{Subject, Vault};

/// The operation.
pub struct RenewInvitation {
    records: Records,
    vault: Vault,
    directory: Directory,
    pool: UserPool,
    setup: Setup,
}

impl Operation for RenewInvitation {
    const INFO: Info = Info {
        name: "renew_invitation",
        method: "POST",
        path: "/v1/staff/{staff}/invitation",
        purpose: Purpose::Security,
        status: 204,
        body_limit: 0,
        background: false,
        phi: false,
        changes: true,
        problems: &[
            Problem::left(),
            Problem::suspended(),
            Problem::already_signed_in(),
            Problem::already_exists(),
            Problem::account_closed(),
            Problem::too_many_invitations(),
        ],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] = &[];
    type Caller = Staff<permission::InviteStaff>;
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

    /// If this breaks off, the next one finds what was done of it: the account by its address, be it another than on record.
    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Empty>>, Problem> {
        let (Staff { scope, clinic, .. }, named) = (&call.caller, call.path.staff.to_string());
        let request = Idempotent::of_staff(&self.vault, &call, Self::INFO.name, &[named.as_bytes()]).await?;
        let (earlier, stored, key) = tokio::join!(
            request.replay::<_, StaffId>(&self.records, scope, call.now),
            member::read(&self.records, scope, call.path.staff),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (earlier, stored, key) = (earlier?, stored?, key?);
        if earlier.is_some() {
            return call.trail.after(Vec::new(), Reply::empty()).await;
        }
        check_waits(&stored.record)?;
        let transaction = || self.records.transaction(scope, &*self.setup.entropy);
        inviting::begin(&call.trail, clinic, transaction(), Some(&stored), call.now).await?;
        let stored = stored.followed_by(stored.record.clone());
        let subject = self.invite(&call, &stored, &stored.open(&key)?.email).await?;
        let renewed = Member { subject, ..stored.record.clone() };
        self.directory.add(&MembershipEntry::of(&renewed, clinic.clinic)).await?;
        let sent = request.mark(transaction(), vec![named], call.now)?;
        let audited = call.trail.commit(sent.replace(Member::TYPE, &stored, &renewed)?).await?;
        if renewed.subject != stored.record.subject {
            self.directory.remove_membership(&stored.record.subject, clinic.clinic).await?;
        }
        Ok(audited.map(|()| Reply::empty()))
    }
}

impl RenewInvitation {
    /// Has the mail sent. Answers whose account it is.
    async fn invite(
        &self,
        call: &Call<Self>,
        stored: &Stored<Member>,
        email: &str,
    ) -> Result<String, Problem> {
        let (clinic, staff) = (call.caller.clinic.clinic, stored.record.staff);
        let invited = Invited { email, clinic, staff, comes_back: false, now: call.now };
        inviting::subject_of(invite_again(&self.pool, &self.directory, invited).await?)
    }
}

/// That somebody may come in, and never did.
fn check_waits(member: &Member) -> Result<(), Problem> {
    member::check_stays(member)?;
    if member.status == StaffStatus::Suspended {
        Err(Problem::suspended())
    } else if member.accepted_at.is_some() {
        Err(Problem::already_signed_in())
    } else {
        Ok(())
    }
}
