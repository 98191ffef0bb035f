//! Where each kind of record lives.

mod of_patient;
mod reviews;

pub use of_patient::*;
pub(crate) use reviews::{ACCESS_REVIEWS, access_review_lines, access_review_tallies};
pub use reviews::{access_review, access_review_line, access_review_tally, newest_access_review};

use super::dated::{dated, sortable};
use super::entity::{Home, Key};
use jiff::Timestamp;
use jiff::civil::Date;
use visage_domain::agreement::{Acceptance, AgreementKind};
use visage_domain::alert::Alert;
use visage_domain::answer_export::AnswerExport;
use visage_domain::break_glass::BreakGlass;
use visage_domain::channel::ConfirmationLink;
use visage_domain::clinic::Clinic;
use visage_domain::form_version::{CurrentForm, FormDraft, FormStanding, FormVersion};
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{
    AddressId, AlertId, BreakGlassId, DestructionId, ExportId, LinkId, MatchId, PatientId, SessionId,
    StaffId, UploadId,
};
use visage_domain::intake::ResumeToken;
use visage_domain::intake_import::ImportedIntake;
use visage_domain::keys::BranchKey;
use visage_domain::matching::MatchEntry;
use visage_domain::photo::Upload;
use visage_domain::purge::Destruction;
use visage_domain::report::ReportLink;
use visage_domain::report_code::ReportCode;
use visage_domain::retake::RetakeLink;
use visage_domain::session::Session;
use visage_domain::staff::{InvitationCount, MfaReset, Staff};
use visage_domain::start_limit::StartCount;

/// The clinic itself.
pub fn clinic() -> Key<Clinic> {
    Key::new(Home::Clinic, "CLINIC".into())
}

/// A branch key.
pub fn branch_key(version: u32) -> Key<BranchKey> {
    Key::new(Home::Clinic, format!("BRANCH#{version:06}"))
}

/// That the clinic accepted a version of an agreement.
pub fn acceptance(agreement: AgreementKind, version: &str) -> Key<Acceptance> {
    Key::new(Home::Clinic, format!("AGREEMENT#{}#{version}", agreement.code()))
}

/// A form version.
pub fn form_version(version: u32) -> Key<FormVersion> {
    Key::new(Home::Clinic, format!("FORM#{version:06}"))
}

/// Which form version is current.
pub fn current_form() -> Key<CurrentForm> {
    Key::new(Home::Clinic, "FORM".into())
}

/// The versions that six digits have room for.
pub(crate) const MOST_VERSIONS: u32 = 999_999;

/// Where a form version stands.
pub fn form_standing(version: u32) -> Key<FormStanding> {
    Key::new(Home::Clinic, format!("FORMS#{version:06}"))
}

/// The form that is being worked on.
pub fn form_draft() -> Key<FormDraft> {
    Key::new(Home::Clinic, "FORMDRAFT".into())
}

/// A membership.
pub fn staff(staff: StaffId) -> Key<Staff> {
    Key::new(Home::Staff(staff), "STAFF".into())
}

/// A day's invitations.
pub fn invitation_count(day: Date) -> Key<InvitationCount> {
    Key::new(Home::Clinic, format!("INVITATIONS#{day}"))
}

/// A request that a user may enrol another authenticator.
pub fn mfa_reset(staff: StaffId) -> Key<MfaReset> {
    Key::new(Home::Staff(staff), "MFARESET".into())
}

/// An export of answers. It stands with whoever started it, and is found by nobody else.
pub fn answer_export(staff: StaffId, export: ExportId) -> Key<AnswerExport> {
    Key::new(Home::Staff(staff), format!("EXPORT#{export}"))
}

/// What the sort keys of a user's sessions start with.
pub(crate) const SESSIONS: &str = "SESSION#";

/// A session.
pub fn session(staff: StaffId, session: SessionId) -> Key<Session> {
    Key::new(Home::Staff(staff), format!("{SESSIONS}{session}"))
}

/// An upload.
pub fn upload(upload: UploadId) -> Key<Upload> {
    Key::new(Home::Upload(upload), "UPLOAD".into())
}

/// What an intake became that was imported under a reference.
pub fn imported_intake(reference_mac: &str) -> Key<ImportedIntake> {
    Key::new(Home::Clinic, format!("IMPORTED#{reference_mac}"))
}

/// A resume token.
pub fn resume_token(link: LinkId) -> Key<ResumeToken> {
    Key::new(Home::Capability(link), "RESUME".into())
}

/// A report link.
pub fn report_link(link: LinkId) -> Key<ReportLink> {
    Key::new(Home::Capability(link), "REPORT".into())
}

/// The code of a report link.
pub fn report_code(link: LinkId) -> Key<ReportCode> {
    Key::new(Home::Capability(link), "CODE".into())
}

/// A link by which a channel is confirmed.
pub fn confirmation_link(link: LinkId) -> Key<ConfirmationLink> {
    Key::new(Home::Capability(link), "CHANNEL".into())
}

/// A link by which a photo is taken again.
pub fn retake_link(link: LinkId) -> Key<RetakeLink> {
    Key::new(Home::Capability(link), "RETAKE".into())
}

/// A patient among those who have the same birth date and contact.
pub fn match_entry(matching: MatchId, patient: PatientId) -> Key<MatchEntry> {
    Key::new(Home::Match(matching), patient.to_string())
}

/// An alert.
pub fn alert(alert: AlertId) -> Key<Alert> {
    Key::new(Home::Clinic, format!("ALERT#{alert}"))
}

/// That somebody broke the glass.
pub fn break_glass(break_glass: BreakGlassId) -> Key<BreakGlass> {
    Key::new(Home::Clinic, format!("GLASS#{break_glass}"))
}

/// The starts of an address within an hour.
pub fn start_count(address: AddressId, hour: Timestamp) -> Key<StartCount> {
    Key::new(Home::Starts(address), sortable(hour))
}

/// A step of a purge.
pub fn destruction(run: Timestamp, destruction: DestructionId) -> Key<Destruction> {
    Key::new(Home::Clinic, format!("PURGE#{}", dated(run, destruction)))
}

/// A creating request.
pub fn idempotent_request(request_mac: &str) -> Key<IdempotentRequest> {
    Key::new(Home::Idempotency, request_mac.into())
}

#[cfg(test)]
mod tests;
