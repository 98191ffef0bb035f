//! The tag of an evaluation: what a change must be based on.
//!
//! Before the signature it is the record's version. After it the record doesn't change, but what stands beside it counts
//! too: whoever adds to an evaluation has seen all that was added before.

use crate::visit::{Path, Visit};
use visage_domain::evaluation::EvaluationStatus;
use visage_domain::permission::Permission;
use visage_platform::{Problem, Staff};
use visage_store::records::{CommitError, Records};
use visage_store::vault::Vault;

/// The tag of an evaluation at `version`, with so many records added after its signature.
pub(crate) fn tag(version: u64, added: usize) -> String {
    match added {
        0 => visage_platform::operation::etag(version),
        added => format!("\"{version}.{added}\""),
    }
}

/// That a change is based on the state that is current.
pub(crate) fn check_tag(if_match: Option<&str>, current: String) -> Result<(), Problem> {
    match if_match {
        None => Err(Problem::if_match_required()),
        Some(given) if given == current => Ok(()),
        Some(_) => Err(Problem::changed_meanwhile().with_etag(current)),
    }
}

/// That an evaluation may still be written on.
pub(crate) const fn check_open(status: EvaluationStatus) -> Result<(), Problem> {
    match status {
        EvaluationStatus::New | EvaluationStatus::InProgress => Ok(()),
        EvaluationStatus::Signed => Err(Problem::already_signed()),
        EvaluationStatus::Withdrawn => Err(Problem::withdrawn()),
    }
}

/// Why a change wasn't made: somebody was quicker between our read and our write. The answer has the tag of what they
/// left, as it would have if they had been quicker by more.
pub(crate) async fn lost<P: Permission>(
    records: &Records,
    vault: &Vault,
    caller: &Staff<P>,
    path: Path,
    error: CommitError,
) -> Problem {
    match error {
        CommitError::Store(error) => error.into(),
        CommitError::Conflict(_) => match Visit::read(records, vault, caller, path).await {
            Ok(visit) => Problem::changed_meanwhile().with_etag(visit.tag()),
            Err(problem) => problem,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_changes_the_tag() {
        assert_eq!(tag(3, 0), "\"3\"");
        assert_eq!(tag(3, 2), "\"3.2\"");
        assert_eq!(check_tag(Some("\"3\""), tag(3, 0)), Ok(()));
        let stale = check_tag(Some("\"3\""), tag(3, 1)).err();
        assert_eq!(stale.and_then(|problem| problem.etag), Some("\"3.1\"".to_owned()));
    }
}
