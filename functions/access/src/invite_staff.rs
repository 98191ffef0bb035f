//! Invites somebody to work at the clinic: by e-mail, with a temporary password, and to an authenticator of their own.
//!
//! Who left comes back the same way, with a new password and authenticator. Who works for another clinic already signs in
//! as they do there.

use crate::inviting;
use crate::member::{self, Shown};
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::{Newcomer, Staff as Member, StaffStatus};
use visage_platform::idempotency::{Idempotent, LABEL};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::accounts::{Invited, account_of, let_in};
use visage_store::directory::{Directory, MembershipEntry};
use visage_store::identity::UserPool;
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Subject, Vault, staff_id_of};

/// The operation.
pub struct InviteStaff {
    records: Records,
    vault: Vault,
    directory: Directory,
    pool: UserPool,
    setup: Setup,
}

impl Operation for InviteStaff {
    const INFO: Info = Info {
        name: "invite_staff",
        method: "POST",
        path: "/v1/staff",
        purpose: Purpose::Security,
        status: 201,
        body_limit: 8 * 1024,
        background: false,
        phi: false,
        changes: true,
        problems: &[
            Problem::invalid_fields(),
            Problem::already_exists(),
            Problem::account_closed(),
            Problem::too_many_invitations(),
        ],
        headers: &[Header::IdempotencyKey, Header::ETag],
    };
    const FIELDS: &'static [Field] = Shown::FIELDS;
    type Caller = Staff<permission::InviteStaff>;
    type Path = Empty;
    type Input = Newcomer;
    type Output = Shown;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            vault: setup.vault()?,
            directory: setup.directory()?,
            pool: setup.staff_pool()?,
            setup: setup.clone(),
        })
    }

    /// Account and directory come first: they let nobody in without the membership, and are found again if this breaks off
    /// before it. They are looked at once more afterwards, because what is left of an earlier departure may just be settled.
    async fn handle(&self, mut call: Call<Self>) -> Result<Audited<Reply<Shown>>, Problem> {
        member::check(call.input.tidy(""))?;
        let request = Idempotent::of_staff(&self.vault, &call, Self::INFO.name, &[&call.body]).await?;
        let Staff { scope, clinic, .. } = &call.caller;
        let staff = staff_id_of(clinic.clinic, &call.input.email);
        if request.replay::<_, StaffId>(&self.records, scope, call.now).await?.is_some() {
            return self.repeated(&call, staff).await;
        }
        let (stored, key) = tokio::join!(
            self.records.get(scope, keys::staff(staff)),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (stored, key) = (stored?, key?);
        if stored.as_ref().is_some_and(|known| known.record.status != StaffStatus::Terminated) {
            return Err(Problem::already_exists());
        }
        let transaction = || self.records.transaction(scope, &*self.setup.entropy);
        inviting::begin(&call.trail, clinic, transaction(), stored.as_ref(), call.now).await?;
        let stored = stored.map(|left| left.followed_by(left.record.clone()));
        let email = call.input.email.as_str();
        let invited =
            Invited { email, clinic: clinic.clinic, staff, comes_back: stored.is_some(), now: call.now };
        let account = account_of(&self.pool, &self.directory, invited).await?;
        let subject = inviting::subject_of(account)?;
        let (mut member, details) = call.input.clone().into_member(staff, subject, call.now);
        self.directory.set(&MembershipEntry::of(&member, clinic.clinic)).await?;
        // Who comes back signs in anew.
        if let Some(left) = &stored {
            member.signed_out_at = left.record.signed_out_at;
            member.last_sign_in_at = left.record.last_sign_in_at;
        }
        let transaction = request.mark(transaction(), vec![staff.to_string()], call.now)?;
        let transaction = match &stored {
            None => transaction.create_sealed(Member::TYPE, &member, &details, &key)?,
            Some(left) => transaction.replace_sealed(Member::TYPE, left, &member, &details, &key)?,
        };
        let version = stored.map_or(1, |left| left.version + 1);
        let trail = call.trail.clone().regarding(member.summary());
        match trail.commit(transaction).await {
            Ok(audited) => {
                self.let_in(&member, clinic.clinic).await?;
                let shown = Shown::of(member, details, version, clinic, call.now);
                Ok(audited.map(|()| Reply::new(shown).with_etag(version)))
            }
            Err(CommitError::Conflict(LABEL)) => self.repeated(&call, staff).await,
            // Somebody else invited them at the same moment.
            Err(CommitError::Conflict(_)) => Err(Problem::already_exists()),
            Err(error) => Err(error.into()),
        }
    }
}

impl InviteStaff {
    /// Makes sure that nothing which was settled meanwhile keeps them out. Another clinic may have made the account anew.
    async fn let_in(&self, member: &Member, clinic: ClinicId) -> Result<(), Problem> {
        let is_there = let_in(&self.pool, &self.directory, clinic, member).await?;
        if is_there { Ok(()) } else { Err(Problem::conflict()) }
    }

    /// What the first request made of it, as it stands now.
    async fn repeated(&self, call: &Call<Self>, staff: StaffId) -> Result<Audited<Reply<Shown>>, Problem> {
        let Staff { scope, clinic, .. } = &call.caller;
        let (stored, key) = tokio::join!(
            member::read(&self.records, scope, staff),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (stored, key) = (stored?, key?);
        if stored.record.is_active() {
            self.let_in(&stored.record, clinic.clinic).await?;
        }
        let (details, version) = (stored.open(&key)?, stored.version);
        let shown = Shown::of(stored.record, details, version, clinic, call.now);
        call.trail.after(Vec::new(), Reply::new(shown).with_etag(version)).await
    }
}
