//! What comes before every invitation, and which account it leads to.

use jiff::Timestamp;
use visage_domain::clinic::Clinic;
use visage_domain::clock::until_next_day;
use visage_domain::retention::Record;
use visage_domain::staff::{InvitationCount, Staff as Member};
use visage_platform::{Problem, Trail};
use visage_store::accounts::Account;
use visage_store::records::{CommitError, Stored, Transaction, tries};

/// Counts an invitation of `clinic` before it is sent and, where somebody is `known`, says first that it is about them: of
/// two invitations at once only one goes on to their account, and what was read of them has one more version then.
///
/// # Errors
/// 429 if the clinic's day has none left; 409 if the other one was first.
pub(crate) async fn begin<P>(
    trail: &Trail,
    clinic: &Clinic,
    transaction: Transaction<'_, P>,
    known: Option<&Stored<Member>>,
    now: Timestamp,
) -> Result<(), Problem> {
    let mut transaction = transaction.count_invitation(InvitationCount::most(clinic), now)?;
    if let Some(known) = known {
        transaction = transaction.replace(Member::TYPE, known, &known.record)?;
    }
    match trail.begin(transaction).await {
        Ok(()) => Ok(()),
        Err(CommitError::Conflict(tries::INVITATIONS)) => {
            Err(Problem::too_many_invitations().retry_in(until_next_day(now)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The account that an invitation leads to, by its `sub`.
///
/// # Errors
/// 409 if there is none.
pub(crate) fn subject_of(account: Account) -> Result<String, Problem> {
    match account {
        Account::Of(subject) => Ok(subject),
        Account::OfAnotherUser => Err(Problem::already_exists()),
        Account::Closed => Err(Problem::account_closed()),
        Account::CameIn => Err(Problem::conflict()),
    }
}
