//! Reports: rendered once an evaluation is signed, opened by the patient.

pub mod content;
pub mod open_report;
pub mod pdf;
pub mod render_report;
pub mod revoke_report_link;

use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![list::<open_report::OpenReport>(), list::<revoke_report_link::RevokeReportLink>()]
}
