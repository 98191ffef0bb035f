//! Where each kind of record lives.
//!
//! Everything of one visit (an intake and the evaluation it leads to) shares a prefix, so opening it is one query.

use super::entity::{Home, Key};
use jiff::Timestamp;
use jiff::civil::Date;
use visage_domain::access_review::{AccessReview, NewestReview, ReviewLine};
use visage_domain::agreement::{Acceptance, AgreementKind};
use visage_domain::alert::Alert;
use visage_domain::answer_export::AnswerExport;
use visage_domain::break_glass::BreakGlass;
use visage_domain::channel::{ConfirmationLink, ConfirmedChannel};
use visage_domain::clinic::Clinic;
use visage_domain::consent::Consent;
use visage_domain::document::Document;
use visage_domain::evaluation::{Addendum, Assignment, Evaluation, Withdrawal};
use visage_domain::form_version::{CurrentForm, FormDraft, FormStanding, FormVersion};
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{
    AccessReviewId, AddressId, AlertId, BreakGlassId, ConsentId, DestructionId, DocumentId, EvaluationId,
    ExportId, IntakeId, LinkId, MatchId, NoteId, OutboxId, PatientId, PhotoId, RetakeId, SessionId, StaffId,
    UploadId,
};
use visage_domain::intake::{Intake, ResumeToken, Section};
use visage_domain::keys::{BranchKey, PatientKey};
use visage_domain::matching::{MatchDecision, MatchEntry, VisitEntry};
use visage_domain::minor::Guardian;
use visage_domain::note::Note;
use visage_domain::outbox::{Channel, OutboxItem, SmsCount};
use visage_domain::patient::Patient;
use visage_domain::photo::{Photo, Upload, UploadCount};
use visage_domain::purge::Destruction;
use visage_domain::report::{IssuedLink, Report, ReportLink, ReportOpening, TryCount};
use visage_domain::report_code::{CodeCount, ReportCode};
use visage_domain::retake::{Retake, RetakeLink};
use visage_domain::session::Session;
use visage_domain::staff::{MfaReset, Staff};
use visage_domain::start_limit::StartCount;

/// An instant as sort keys have it: fixed width, so that text order is time order.
pub(crate) fn sortable(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// What the sort keys of a visit start with.
pub(crate) fn visit_prefix(intake: IntakeId) -> String {
    format!("V#{intake}#")
}

/// What the sort keys of a patient's visits, and of the links to likely the same patient, start with: one query
/// brings both.
pub(crate) const LINKS: &str = "L#";

fn visit<E>(patient: PatientId, intake: IntakeId, rest: &str) -> Key<E> {
    Key::new(Home::Patient(patient), format!("{}{rest}", visit_prefix(intake)))
}

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

/// A patient's data key.
pub fn patient_key(patient: PatientId) -> Key<PatientKey> {
    Key::new(Home::Patient(patient), "KEY".into())
}

/// A patient.
pub fn patient(patient: PatientId) -> Key<Patient> {
    Key::new(Home::Patient(patient), "PATIENT".into())
}

/// An intake.
pub fn intake(patient: PatientId, intake: IntakeId) -> Key<Intake> {
    visit(patient, intake, "INTAKE")
}

/// A section of an intake.
pub fn section(patient: PatientId, intake: IntakeId, section: &str) -> Key<Section> {
    visit(patient, intake, &format!("SECTION#{section}"))
}

/// A consent.
pub fn consent(patient: PatientId, intake: IntakeId, consent: ConsentId) -> Key<Consent> {
    visit(patient, intake, &format!("CONSENT#{consent}"))
}

/// An intake's guardian.
pub fn guardian(patient: PatientId, intake: IntakeId) -> Key<Guardian> {
    visit(patient, intake, "GUARDIAN")
}

/// A note about an intake. Notes stand in the order in which they were written.
pub fn note(patient: PatientId, intake: IntakeId, written_at: Timestamp, note: NoteId) -> Key<Note> {
    visit(patient, intake, &format!("NOTE#{}#{note}", sortable(written_at)))
}

/// A photo.
pub fn photo(patient: PatientId, intake: IntakeId, photo: PhotoId) -> Key<Photo> {
    visit(patient, intake, &format!("PHOTO#{photo}"))
}

/// A document.
pub fn document(patient: PatientId, intake: IntakeId, document: DocumentId) -> Key<Document> {
    visit(patient, intake, &format!("DOCUMENT#{document}"))
}

/// An ask for another photo.
pub fn retake(patient: PatientId, evaluation: EvaluationId, retake: RetakeId) -> Key<Retake> {
    visit(patient, evaluation.into(), &format!("RETAKE#{retake}"))
}

/// An upload.
pub fn upload(upload: UploadId) -> Key<Upload> {
    Key::new(Home::Upload(upload), "UPLOAD".into())
}

/// A count of upload permissions.
pub fn upload_count(patient: PatientId, intake: IntakeId) -> Key<UploadCount> {
    visit(patient, intake, "UPLOADS")
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

/// A channel that was confirmed.
pub fn confirmed_channel(
    patient: PatientId,
    evaluation: EvaluationId,
    channel: Channel,
) -> Key<ConfirmedChannel> {
    visit(patient, evaluation.into(), &format!("CHANNEL#{}", channel.code()))
}

/// An evaluation.
pub fn evaluation(patient: PatientId, evaluation: EvaluationId) -> Key<Evaluation> {
    visit(patient, evaluation.into(), "EVALUATION")
}

/// A step from one assignee to another.
pub fn assignment(patient: PatientId, evaluation: EvaluationId, number: u32) -> Key<Assignment> {
    visit(patient, evaluation.into(), &format!("ASSIGNED#{number:06}"))
}

/// An addendum.
pub fn addendum(patient: PatientId, evaluation: EvaluationId, number: u32) -> Key<Addendum> {
    visit(patient, evaluation.into(), &format!("ADDENDUM#{number:06}"))
}

/// A withdrawal.
pub fn withdrawal(patient: PatientId, evaluation: EvaluationId) -> Key<Withdrawal> {
    visit(patient, evaluation.into(), "WITHDRAWAL")
}

/// A patient among those who have the same birth date and contact.
pub fn match_entry(matching: MatchId, patient: PatientId) -> Key<MatchEntry> {
    Key::new(Home::Match(matching), patient.to_string())
}

/// A decision about two patients, as it is kept with the first.
pub fn match_decision(patient: PatientId, other: PatientId, number: u32) -> Key<MatchDecision> {
    Key::new(Home::Patient(patient), format!("{LINKS}SAME#{other}#{number:06}"))
}

/// A visit in the list of a patient's visits.
pub fn visit_entry(patient: PatientId, evaluation: EvaluationId) -> Key<VisitEntry> {
    Key::new(Home::Patient(patient), format!("{LINKS}VISIT#{evaluation}"))
}

/// A version of a report.
pub fn report(patient: PatientId, evaluation: EvaluationId, number: u32) -> Key<Report> {
    visit(patient, evaluation.into(), &format!("{REPORTS}{number:06}"))
}

/// What the sort keys of an evaluation's reports start with, after the visit's prefix.
pub(crate) const REPORTS: &str = "REPORT#";

/// That a link was made.
pub fn issued_link(patient: PatientId, evaluation: EvaluationId, link: LinkId) -> Key<IssuedLink> {
    visit(patient, evaluation.into(), &format!("LINK#{link}"))
}

/// That a report was opened.
pub fn report_opening(it: &ReportOpening) -> Key<ReportOpening> {
    visit(it.patient, it.evaluation.into(), &format!("OPENING#{}#{}", sortable(it.at), it.link))
}

/// A day's tries.
pub fn try_count(patient: PatientId, day: Date) -> Key<TryCount> {
    Key::new(Home::Patient(patient), format!("TRIES#{day}"))
}

/// A day's codes.
pub fn code_count(patient: PatientId, day: Date) -> Key<CodeCount> {
    Key::new(Home::Patient(patient), format!("CODES#{day}"))
}

/// A count of text messages.
pub fn sms_count(patient: PatientId, evaluation: EvaluationId) -> Key<SmsCount> {
    visit(patient, evaluation.into(), "SMS")
}

/// A piece of work.
pub fn outbox(patient: PatientId, evaluation: EvaluationId, outbox: OutboxId) -> Key<OutboxItem> {
    visit(patient, evaluation.into(), &format!("OUTBOX#{outbox}"))
}

/// An alert.
pub fn alert(alert: AlertId) -> Key<Alert> {
    Key::new(Home::Clinic, format!("ALERT#{alert}"))
}

/// That somebody broke the glass.
pub fn break_glass(break_glass: BreakGlassId) -> Key<BreakGlass> {
    Key::new(Home::Clinic, format!("GLASS#{break_glass}"))
}

/// What the sort keys of a clinic's access reviews start with.
pub(crate) const ACCESS_REVIEWS: &str = "REVIEW#";

/// An access review.
pub fn access_review(access_review: AccessReviewId) -> Key<AccessReview> {
    Key::new(Home::Clinic, format!("{ACCESS_REVIEWS}{access_review}"))
}

/// Which access review was started last.
pub fn newest_access_review() -> Key<NewestReview> {
    Key::new(Home::Clinic, "REVIEW".into())
}

/// What the sort keys of an access review's lines start with.
pub(crate) fn access_review_lines(access_review: AccessReviewId) -> String {
    format!("REVIEWLINE#{access_review}#")
}

/// A line of an access review.
pub fn access_review_line(access_review: AccessReviewId, staff: StaffId) -> Key<ReviewLine> {
    Key::new(Home::Clinic, format!("{}{staff}", access_review_lines(access_review)))
}

/// The starts of an address within an hour.
pub fn start_count(address: AddressId, hour: Timestamp) -> Key<StartCount> {
    Key::new(Home::Starts(address), sortable(hour))
}

/// A step of a purge.
pub fn destruction(run: Timestamp, destruction: DestructionId) -> Key<Destruction> {
    Key::new(Home::Clinic, format!("PURGE#{}#{destruction}", sortable(run)))
}

/// A creating request.
pub fn idempotent_request(request_mac: &str) -> Key<IdempotentRequest> {
    Key::new(Home::Idempotency, request_mac.into())
}
