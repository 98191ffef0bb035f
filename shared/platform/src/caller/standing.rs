//! Whether the clinic, where it stands, admits a request.

use crate::operation::Info;
use crate::problem::Problem;
use jiff::Timestamp;
use visage_domain::clinic::{Asked, Clinic, NotAdmitted};

/// What may be answered where [`admitted`] is asked about the operation.
pub(crate) fn problems(info: &Info) -> impl Iterator<Item = Problem> {
    let all = [
        (info.phi, Problem::baa_required()),
        (info.phi, Problem::clinic_not_verified()),
        (info.changes, Problem::clinic_read_only()),
        (info.phi || info.changes, Problem::clinic_closed()),
    ];
    all.into_iter().filter(|(can, _)| *can).map(|(_, problem)| problem)
}

/// That `clinic` admits the operation at `now`.
///
/// # Errors
/// 403, and why: no agreement in force, not verified yet, only reading, or closed.
pub fn admitted(clinic: &Clinic, info: &Info, now: Timestamp) -> Result<(), Problem> {
    let asked = Asked { phi: info.phi, changes: info.changes };
    clinic.admits(asked, now).map_err(|why| match why {
        NotAdmitted::NoAgreement => Problem::baa_required(),
        NotAdmitted::NotVerified => Problem::clinic_not_verified(),
        NotAdmitted::ReadOnly => Problem::clinic_read_only(),
        NotAdmitted::Closed => Problem::clinic_closed(),
    })
}
