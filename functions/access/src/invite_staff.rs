//! Invites somebody to work at the clinic: by e-mail, with a temporary password, and to an authenticator of their own.
//!
//! Who left comes back the same way, with a new password and authenticator. Who works for another clinic already signs in
//! as they do there.

use crate::member::{self, Shown};
use visage_domain::audit::Purpose;
use visage_domain::clinic::Clinic;
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::{Newcomer, Staff as Member, StaffStatus};
use visage_platform::idempotency::{Idempotent, LABEL};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
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
        problems: &[Problem::invalid_fields(), Problem::already_exists(), Problem::account_closed()],
        headers: &[Header::IdempotencyKey, Header::ETag],
    };
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
        let comes_back = stored.is_some();
        let subject = self.account(&call.input.email, clinic.clinic, staff, comes_back).await?;
        let (mut member, details) = call.input.clone().into_member(staff, subject, call.now);
        self.directory.set(&entry(&member, clinic.clinic)).await?;
        // Who comes back signs in anew.
        member.signed_out_at = stored.as_ref().and_then(|left| left.record.signed_out_at);
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = request.mark(transaction, vec![staff.to_string()], call.now)?;
        let transaction = match &stored {
            None => transaction.create_sealed(Member::TYPE, &member, &details, &key)?,
            Some(left) => transaction.replace_sealed(Member::TYPE, left, &member, &details, &key)?,
        };
        let version = stored.map_or(1, |left| left.version + 1);
        let trail = call.trail.clone().regarding(format!("staff={staff}"));
        match trail.commit(transaction).await {
            Ok(audited) => {
                self.let_in(&member, clinic.clinic).await?;
                let shown = Shown::of(member, details, version, place(clinic, &call));
                Ok(audited.map(|()| Reply::new(shown).with_etag(version)))
            }
            Err(CommitError::Conflict(LABEL)) => self.repeated(&call, staff).await,
            // Somebody else invited them at the same moment.
            Err(CommitError::Conflict(_)) => Err(Problem::already_exists()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Where the directory finds them.
fn entry(member: &Member, clinic: ClinicId) -> MembershipEntry {
    let Member { staff, since, .. } = *member;
    MembershipEntry { subject: member.subject.clone(), clinic, staff, since, accepted_at: None }
}

fn place<'a>(clinic: &'a Clinic, call: &Call<InviteStaff>) -> (&'a str, jiff::civil::Date) {
    (clinic.state.as_str(), clinic.today(call.now))
}

impl InviteStaff {
    /// The account of whom that address belongs to. One whose last membership ended is made anew: nobody gets in with what
    /// somebody who left knows or has.
    async fn account(
        &self,
        email: &str,
        clinic: ClinicId,
        staff: StaffId,
        comes_back: bool,
    ) -> Result<String, Problem> {
        let user = self.pool.invite(email).await?;
        let memberships = self.directory.memberships(&user.subject).await?;
        let is_another_user = |it: &MembershipEntry| it.clinic == clinic && it.staff != staff;
        if memberships.iter().any(is_another_user) {
            return Err(Problem::already_exists());
        }
        let works_elsewhere = memberships.iter().any(|it| it.clinic != clinic);
        match (user.enabled, works_elsewhere) {
            (false, true) => Err(Problem::account_closed()),
            (true, true) => Ok(user.subject),
            (true, false) if !comes_back => Ok(user.subject),
            _ => {
                self.pool.remove(&user.subject).await?;
                Ok(self.pool.invite(email).await?.subject)
            }
        }
    }

    /// Makes sure that nothing which was settled meanwhile keeps them out.
    async fn let_in(&self, member: &Member, clinic: ClinicId) -> Result<(), Problem> {
        self.directory.add(&entry(member, clinic)).await?;
        let user = self.pool.user(&member.subject).await?;
        if user.is_some_and(|user| !user.enabled) {
            self.pool.enable(&member.subject).await?;
        }
        Ok(())
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
        let shown = Shown::of(stored.record, details, version, place(clinic, call));
        call.trail.after(Vec::new(), Reply::new(shown).with_etag(version)).await
    }
}
