//! Where a patient's records live.
//!
//! Everything of one visit (an intake and the evaluation it leads to) shares a prefix, so opening it is one query.

use super::super::dated::dated;
use super::super::entity::{Home, Key};
use jiff::Timestamp;
use jiff::civil::Date;
use visage_domain::channel::ConfirmedChannel;
use visage_domain::consent::Consent;
use visage_domain::document::Document;
use visage_domain::evaluation::{Addendum, Assignment, Evaluation, Withdrawal};
use visage_domain::ids::{
    ConsentId, DocumentId, EvaluationId, IntakeId, LinkId, NoteId, OutboxId, PatientId, PhotoId, RetakeId,
};
use visage_domain::intake::{Intake, Section};
use visage_domain::keys::PatientKey;
use visage_domain::matching::{MatchDecision, VisitEntry};
use visage_domain::minor::Guardian;
use visage_domain::note::Note;
use visage_domain::outbox::{Channel, OutboxItem, SmsCount};
use visage_domain::patient::Patient;
use visage_domain::photo::{Photo, UploadCount};
use visage_domain::report::{IssuedLink, Report, ReportOpening, TryCount};
use visage_domain::report_code::CodeCount;
use visage_domain::retake::Retake;

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
    visit(patient, intake, &format!("NOTE#{}", dated(written_at, note)))
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

/// A count of upload permissions.
pub fn upload_count(patient: PatientId, intake: IntakeId) -> Key<UploadCount> {
    visit(patient, intake, "UPLOADS")
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
    visit(it.patient, it.evaluation.into(), &format!("OPENING#{}", dated(it.at, it.link)))
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
