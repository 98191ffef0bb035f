//! Accounts of the identity provider: which one an invitation leads to, and that nothing keeps a member out.

use crate::directory::{Directory, MembershipEntry};
use crate::error::StoreError;
use crate::identity::UserPool;
use jiff::Timestamp;
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::staff::Staff;

/// An account, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The person's, by its `sub`.
    Of(String),
    /// It is another user's of the same clinic.
    OfAnotherUser,
    /// It was closed, and not because somebody left: they work elsewhere.
    Closed,
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
    let is_another_user = |it: &MembershipEntry| it.clinic == clinic && it.staff != staff;
    if memberships.iter().any(is_another_user) {
        return Ok(Account::OfAnotherUser);
    }
    let works_elsewhere = memberships.iter().any(|it| it.clinic != clinic);
    match (user.enabled, works_elsewhere) {
        (false, true) => Ok(Account::Closed),
        (true, true) => Ok(Account::Of(user.subject)),
        (true, false) if !comes_back => Ok(Account::Of(user.subject)),
        _ => {
            pool.remove(&user.subject).await?;
            Ok(Account::Of(pool.invite(email, now).await?.subject))
        }
    }
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
