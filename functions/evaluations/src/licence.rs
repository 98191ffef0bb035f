//! Whether somebody may sign: only who is licensed in the clinic's state on that day of its calendar.

use jiff::Timestamp;
use visage_domain::permission::Permission;
use visage_platform::{Problem, Staff};

/// That the caller holds a licence that is valid at `now`, where the clinic is.
///
/// # Errors
/// 403 without one.
pub(crate) fn check_licence<P: Permission>(caller: &Staff<P>, now: Timestamp) -> Result<(), Problem> {
    let Staff { clinic, staff, .. } = caller;
    let is_licensed = staff.record.is_licensed(&clinic.state, clinic.today(now));
    if is_licensed { Ok(()) } else { Err(Problem::licence_required()) }
}
