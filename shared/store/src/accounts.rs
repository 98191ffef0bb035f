//! Accounts of the identity provider: which one an invitation leads to, and that nothing keeps a member out.

use crate::directory::{Directory, MembershipEntry};
use crate::error::StoreError;
use crate::identity::{PoolUser, UserPool};
use jiff::{SignedDuration, Timestamp};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::staff::Staff;

/// How long who is let in somewhere may still be on the way: longer than a function lives.
const COMING_IN: SignedDuration = SignedDuration::from_mins(15);
/// How long who chose a password, and was invited elsewhere too, is given to come in there.
const ENROLLING: SignedDuration = SignedDuration::from_hours(24);

/// An account, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The person's, by its `sub`.
    Of(String),
    /// It is another user's of the same clinic.
    OfAnotherUser,
    /// It was closed, and not because somebody left: they work elsewhere.
    Closed,
    /// The person is just coming in with it.
    CameIn,
}

/// Somebody whom a clinic invites.
#[derive(Clone, Copy, Debug)]
pub struct Invited<'a> {
    /// Where the invitation goes.
    pub email: &'a str,
    /// The clinic.
    pub clinic: ClinicId,
    /// Who they are there.
    pub staff: StaffId,
    /// Whether they worked there before.
    pub comes_back: bool,
    /// When.
    pub now: Timestamp,
}

/// The account of whom an address belongs to. One whose last membership ended is made anew: nobody gets in with what somebody
/// who left knows or has.
///
/// # Errors
/// If Cognito or the directory doesn't answer, or refuses.
pub async fn account_of(
    pool: &UserPool,
    directory: &Directory,
    invited: Invited<'_>,
) -> Result<Account, StoreError> {
    let Invited { email, clinic, staff, comes_back, now } = invited;
    let user = pool.invite(email, now).await?;
    let memberships = directory.memberships(&user.subject).await?;
    if memberships.iter().any(|it| it.clinic == clinic && it.staff != staff) {
        return Ok(Account::OfAnotherUser);
    }
    let works_elsewhere = memberships.iter().any(|it| it.clinic != clinic);
    match (user.enabled, works_elsewhere) {
        (false, true) => Ok(Account::Closed),
        (true, true) => Ok(Account::Of(user.subject)),
        (true, false) if !comes_back => Ok(Account::Of(user.subject)),
        _ => anew(pool, &user, email, now).await,
    }
}

/// The account of somebody who never came in and is invited again, which mails them another temporary password. Who works
/// elsewhere, or is about to, comes in as they do there, and is mailed nothing; who has a password and came in nowhere didn't
/// get any further with it.
///
/// # Errors
/// If Cognito or the directory doesn't answer, or refuses.
pub async fn invite_again(
    pool: &UserPool,
    directory: &Directory,
    invited: Invited<'_>,
) -> Result<Account, StoreError> {
    let Invited { email, clinic, staff, now, .. } = invited;
    let Some(user) = pool.user(email).await? else {
        return Ok(Account::Of(pool.invite(email, now).await?.subject));
    };
    let memberships = directory.memberships(&user.subject).await?;
    let (here, elsewhere): (Vec<_>, Vec<_>) = memberships.iter().partition(|it| it.clinic == clinic);
    let within = |time, at: Option<Timestamp>| at.is_some_and(|at| now.duration_since(at) < time);
    let is_enrolling = user.invited_at.is_none() && within(ENROLLING, user.changed_at);
    if here.iter().any(|it| it.staff != staff) {
        Ok(Account::OfAnotherUser)
    } else if here.iter().any(|it| within(COMING_IN, it.accepted_at)) {
        Ok(Account::CameIn)
    } else if !user.enabled {
        Ok(Account::Closed)
    } else if elsewhere.iter().any(|it| it.accepted_at.is_some() || is_enrolling) {
        Ok(Account::Of(user.subject))
    } else if user.invited_at.is_some() {
        pool.invite_again(email).await?;
        Ok(Account::Of(user.subject))
    } else {
        anew(pool, &user, email, now).await
    }
}

/// Makes an account anew: what somebody knows or has of it opens nothing any more.
async fn anew(pool: &UserPool, user: &PoolUser, email: &str, now: Timestamp) -> Result<Account, StoreError> {
    pool.remove(&user.subject).await?;
    Ok(Account::Of(pool.invite(email, now).await?.subject))
}

/// Makes sure that nothing which an earlier departure left behind keeps `member` out: the directory finds them, and their
/// account is enabled. Answers whether there is an account.
///
/// # Errors
/// If Cognito or the directory doesn't answer, or refuses.
pub async fn let_in(
    pool: &UserPool,
    directory: &Directory,
    clinic: ClinicId,
    member: &Staff,
) -> Result<bool, StoreError> {
    directory.add(&MembershipEntry::of(member, clinic)).await?;
    let Some(user) = pool.user(&member.subject).await? else { return Ok(false) };
    if !user.enabled {
        pool.enable(&member.subject).await?;
    }
    Ok(true)
}
