//! The tag of an evaluation: what a change must be based on.
//!
//! Before the signature it is the record's version. After it the record doesn't change, but what stands beside it counts
//! too: whoever adds to an evaluation has seen all that was added before.

use crate::visit::{Path, Visit};
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
    use visage_platform::operation::check_tag;

    #[test]
    fn what_was_added_changes_the_tag() {
        assert_eq!(tag(3, 0), "\"3\"");
        assert_eq!(tag(3, 2), "\"3.2\"");
        assert_eq!(check_tag(Some("\"3\""), tag(3, 0)), Ok(()));
        let stale = check_tag(Some("\"3\""), tag(3, 1)).err();
        assert_eq!(stale.and_then(|problem| problem.etag), Some("\"3.1\"".to_owned()));
    }
}
