//! Reports: rendered once an evaluation is signed and after each addendum, opened by the patient, looked after by staff.

mod chart;
pub mod content;
mod drawing;
pub mod hand_over_report;
pub mod list_reports;
pub mod open_report;
pub mod pdf;
pub mod picture;
pub mod render_report;
pub mod renew_report_link;
pub mod request_report_code;
pub mod revoke_report_link;
mod ways;
mod words;

use visage_domain::outbox::OutboxMessage;
use visage_platform::ListedWorker;
use visage_platform::operation::{Listed, list};

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![
        list::<open_report::OpenReport>(),
        list::<request_report_code::RequestReportCode>(),
        list::<list_reports::ListReports>(),
        list::<hand_over_report::HandOverReport>(),
        list::<renew_report_link::RenewReportLink>(),
        list::<revoke_report_link::RevokeReportLink>(),
    ]
}

/// This area's workers.
pub fn workers() -> Vec<ListedWorker> {
    vec![ListedWorker::of::<render_report::RenderReport, OutboxMessage>()]
}
