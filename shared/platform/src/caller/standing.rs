//! Whether the clinic, where it stands, admits a request.

use crate::operation::Info;
use crate::problem::Problem;
use jiff::Timestamp;
use visage_domain::clinic::{Asked, Clinic, NotAdmitted};
use visage_domain::permission::{Permission, Row};

/// What an operation asks of a clinic. Whatever isn't for reading does something, unless it was said that its permission is
/// good at a closed clinic: what is forgotten is closed out.
pub(crate) fn asked(info: &Info, permission: Row) -> Asked {
    Asked { phi: info.phi, changes: info.changes, acts: info.mutates() && !permission.while_closed }
}

/// What may be answered where [`admitted`] is asked about what asks so.
pub(crate) fn problems(Asked { phi, changes, acts }: Asked) -> impl Iterator<Item = Problem> {
    let all = [
        (phi, Problem::baa_required()),
        (phi, Problem::clinic_not_verified()),
        (changes, Problem::clinic_read_only()),
        (phi || changes || acts, Problem::clinic_closed()),
    ];
    all.into_iter().filter(|(can, _)| *can).map(|(_, problem)| problem)
}

/// That `clinic` admits the operation at `now` of who holds `P`.
///
/// # Errors
/// 403, and why: no agreement in force, not verified yet, only reading, or closed.
pub fn admitted<P: Permission>(clinic: &Clinic, info: &Info, now: Timestamp) -> Result<(), Problem> {
    clinic.admits(asked(info, Row::of::<P>()), now).map_err(|why| match why {
        NotAdmitted::NoAgreement => Problem::baa_required(),
        NotAdmitted::NotVerified => Problem::clinic_not_verified(),
        NotAdmitted::ReadOnly => Problem::clinic_read_only(),
        NotAdmitted::Closed => Problem::clinic_closed(),
    })
}
