//! Resetting an authenticator, whoever agrees on it: two of the clinic, or two of the platform's operators.

use crate::inviting;
use crate::member::check_stays;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use visage_domain::alert::{Alert, AlertEvent};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{AlertId, ClinicId};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::staff::{MfaReset, ResetActor, Staff as Member};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Problem, Reply, Setup, SetupError, Trail};
use visage_store::accounts::{Invited, invite_again};
use visage_store::directory::{Directory, MembershipEntry};
use visage_store::identity::UserPool;
use visage_store::records::{Records, Stored, Transaction};
use visage_store::vault::{DataKey, Vault};

/// A request, as it waits.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "MfaResetRequest")]
pub struct Waiting {
    /// Who asked: a user of the clinic or, where it hasn't two who can help, an operator of the platform.
    requested_by: ResetActor,
    requested_at: Timestamp,
    expires_at: Timestamp,
}

impl Waiting {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] =
        &[shown("requestedBy"), shown("requestedAt"), shown("expiresAt")];

    pub(crate) fn of(reset: &MfaReset) -> Self {
        let MfaReset { requested_by, requested_at, .. } = *reset;
        Self { requested_by, requested_at, expires_at: reset.expires_at().unwrap_or(requested_at) }
    }
}

/// What becomes of asking for a reset.
pub(crate) enum Asked<'a, P> {
    /// It was asked for before: a second click.
    Again(Waiting),
    /// It is asked for once this is committed.
    Anew(Transaction<'a, P>),
}

/// Adds a request to `transaction`, where `earlier` is what was asked for before, and whether that still `counts`: it doesn't
/// once its asker may not ask any more.
///
/// # Errors
/// 409 if somebody else's waits.
pub(crate) fn ask<'a, P>(
    transaction: Transaction<'a, P>,
    earlier: Option<&Stored<MfaReset>>,
    counts: bool,
    reset: &MfaReset,
) -> Result<Asked<'a, P>, Problem> {
    let is_void = |earlier: &MfaReset| !counts && earlier.approved_by.is_none();
    match earlier {
        None => Ok(Asked::Anew(transaction.create(MfaReset::TYPE, reset)?)),
        Some(earlier) if is_void(&earlier.record) || reset.replaces(&earlier.record) => {
            Ok(Asked::Anew(transaction.replace(MfaReset::TYPE, earlier, reset)?))
        }
        Some(earlier) if reset.requested_by == earlier.record.requested_by => {
            Ok(Asked::Again(Waiting::of(&earlier.record)))
        }
        Some(_) => Err(Problem::already_exists()),
    }
}

/// That somebody came in here. Who was invited and never came has agreed to nothing: nothing is said of them, and they are
/// invited again.
///
/// # Errors
/// 409 if they never did.
pub(crate) fn check_came_in(member: &Member) -> Result<(), Problem> {
    if member.accepted_at.is_some() { Ok(()) } else { Err(Problem::never_signed_in()) }
}

/// That an account is `member`'s alone, and this clinic's: what one clinic's people agree on must not weaken another's. An
/// invitation elsewhere doesn't count.
///
/// # Errors
/// 409 if they work elsewhere too, or somebody else does with it.
pub(crate) async fn check_is_ours(
    directory: &Directory,
    subject: &str,
    member: &Member,
    clinic: ClinicId,
) -> Result<(), Problem> {
    let memberships = directory.memberships(subject).await?;
    let is_of_use = |it: &MembershipEntry| {
        if it.clinic == clinic { it.staff != member.staff } else { it.accepted_at.is_some() }
    };
    if memberships.iter().any(is_of_use) { Err(Problem::works_elsewhere()) } else { Ok(()) }
}

/// What carries a reset out.
pub(crate) struct Resetting {
    pub(crate) records: Records,
    pub(crate) vault: Vault,
    pub(crate) directory: Directory,
    pool: UserPool,
    setup: Setup,
}

/// A reset that is agreed on.
pub(crate) struct Agreed {
    /// Whose account it is.
    pub(crate) member: Stored<Member>,
    /// What was asked for.
    pub(crate) reset: Stored<MfaReset>,
    /// Whether who asked may still ask.
    pub(crate) asker_counts: bool,
    /// Who approves it.
    pub(crate) by: ResetActor,
    /// The clinic's key, which opens the address on record.
    pub(crate) key: DataKey,
    /// When.
    pub(crate) now: Timestamp,
}

impl Resetting {
    pub(crate) fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            vault: setup.vault()?,
            directory: setup.directory()?,
            pool: setup.staff_pool()?,
            setup: setup.clone(),
        })
    }

    /// On record first, then done: if this breaks off between the two, whoever approved approves again. Once it is done it
    /// is gone, and another reset takes two people again. Those who answer for the clinic are told of it once.
    ///
    /// # Errors
    /// 403 if `by` may not approve it; 409 if the account isn't this clinic's to reset, was closed, or somebody changed it
    /// meanwhile.
    pub(crate) async fn carry_out<P>(
        &self,
        scope: &Scope<P>,
        trail: &Trail,
        agreed: Agreed,
    ) -> Result<Audited<Reply<Empty>>, Problem> {
        let Agreed { member, reset, asker_counts, by, key, now } = agreed;
        check_stays(&member.record)?;
        // Who approved it already finishes it, whatever became of who asked.
        let counts = asker_counts || reset.record.approved_by == Some(by);
        if !counts || !reset.record.may_be_approved_by(by) {
            return Err(Problem::needs_another());
        }
        let (clinic, email) = (scope.clinic(), member.open(&key)?.email);
        let accounts = self.accounts(&member.record, &email, clinic).await?;
        let (reset, member) = self.begin(scope, trail, &member, &reset, (by, now)).await?;
        let subject = match member.record.accepted_at {
            Some(_) => self.account_anew(&accounts, &email, now).await?,
            None => self.invited_again(&member.record, &email, clinic, now).await?,
        };
        // Whoever came in with the old account while it was made anew is out as well.
        let signed_out_at = Some(self.setup.clock.now());
        let renewed = Member { subject, signed_out_at, ..member.record.clone() };
        let entry = MembershipEntry::of(&renewed, clinic);
        // Of an account that stays, they may just have come in: what says so isn't overwritten.
        self.directory.add(&entry).await?;
        let done = self
            .records
            .transaction(scope, &*self.setup.entropy)
            .delete(MfaReset::TYPE, &reset)?
            .replace(Member::TYPE, &member, &renewed)?;
        let audited = trail.commit(done).await?;
        if renewed.subject != member.record.subject {
            self.directory.remove_membership(&member.record.subject, clinic).await?;
        }
        Ok(audited.map(|()| Reply::empty()))
    }

    /// Puts the approval on record, ends the sessions, and tells of it.
    async fn begin<P>(
        &self,
        scope: &Scope<P>,
        trail: &Trail,
        member: &Stored<Member>,
        reset: &Stored<MfaReset>,
        (by, now): (ResetActor, Timestamp),
    ) -> Result<(Stored<MfaReset>, Stored<Member>), Problem> {
        let entropy = &*self.setup.entropy;
        let approved = MfaReset { approved_by: Some(by), ..reset.record.clone() };
        let signed_out = Member { signed_out_at: Some(now), ..member.record.clone() };
        let mut begun = self
            .records
            .transaction(scope, entropy)
            .replace(MfaReset::TYPE, reset, &approved)?
            .replace(Member::TYPE, member, &signed_out)?;
        if reset.record.approved_by.is_none() {
            let alert = Alert::pending(AlertId::new(entropy), AlertEvent::MfaReset, now);
            begun = begun.create(Alert::TYPE, &alert)?;
        }
        trail.begin(begun).await?;
        Ok((reset.followed_by(approved), member.followed_by(signed_out)))
    }

    /// The accounts that lead in: the one on record, and the one that the address on record leads to, be it another by now.
    async fn accounts(
        &self,
        member: &Member,
        email: &str,
        clinic: ClinicId,
    ) -> Result<BTreeSet<String>, Problem> {
        let (by_address, on_record) = tokio::join!(self.pool.user(email), self.pool.user(&member.subject));
        let found = [by_address?, on_record?];
        if found.iter().flatten().any(|user| !user.enabled) {
            return Err(Problem::account_closed());
        }
        let accounts: BTreeSet<String> = found.into_iter().flatten().map(|user| user.subject).collect();
        // Who never came in here has no account that this clinic may remove, and none is.
        for subject in accounts.iter().filter(|_| member.accepted_at.is_some()) {
            check_is_ours(&self.directory, subject, member, clinic).await?;
        }
        Ok(accounts)
    }

    /// Removes the accounts and makes another. If this breaks off, the next approval does all of it again.
    async fn account_anew(
        &self,
        accounts: &BTreeSet<String>,
        email: &str,
        now: Timestamp,
    ) -> Result<String, Problem> {
        for subject in accounts {
            self.pool.remove(subject).await?;
        }
        Ok(self.pool.invite(email, now).await?.subject)
    }

    /// The account of an owner who never came in, who is mailed another password.
    async fn invited_again(
        &self,
        member: &Member,
        email: &str,
        clinic: ClinicId,
        now: Timestamp,
    ) -> Result<String, Problem> {
        let invited = Invited { email, clinic, staff: member.staff, comes_back: false, now };
        inviting::subject_of(invite_again(&self.pool, &self.directory, invited).await?)
    }
}
