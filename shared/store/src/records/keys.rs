//! Where each kind of record lives.
//!
//! Everything of one visit (an intake and the evaluation it leads to) shares a prefix, so opening it is one query.

use super::entity::{Entity, Home, Index, IndexName, Key};
use jiff::Timestamp;
use visage_domain::clinic::{Clinic, CurrentForm, FormVersion};
use visage_domain::consent::Consent;
use visage_domain::evaluation::Evaluation;
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{
    AddressId, ConsentId, EvaluationId, IntakeId, LinkId, NoteId, OutboxId, PatientId, PhotoId, ReportId,
    SessionId, StaffId, UploadId,
};
use visage_domain::intake::{DRAFT_LIFETIME, Intake, IntakeStatus, ResumeToken, Section};
use visage_domain::keys::{BranchKey, PatientKey};
use visage_domain::minor::Guardian;
use visage_domain::note::Note;
use visage_domain::outbox::{OutboxItem, OutboxState, SmsCount};
use visage_domain::patient::Patient;
use visage_domain::photo::{Photo, Upload, UploadCount};
use visage_domain::report::{Report, ReportLink};
use visage_domain::session::Session;
use visage_domain::staff::Staff;
use visage_domain::start_limit::StartCount;

/// An instant as sort keys have it: fixed width, so that text order is time order.
pub(crate) fn sortable(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// What the sort keys of a visit start with.
pub(crate) fn visit_prefix(intake: IntakeId) -> String {
    format!("V#{intake}#")
}

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

/// A form version.
pub fn form_version(version: u32) -> Key<FormVersion> {
    Key::new(Home::Clinic, format!("FORM#{version:06}"))
}

/// Which form version is current.
pub fn current_form() -> Key<CurrentForm> {
    Key::new(Home::Clinic, "FORM".into())
}

/// A membership.
pub fn staff(staff: StaffId) -> Key<Staff> {
    Key::new(Home::Staff(staff), "STAFF".into())
}

/// A session.
pub fn session(staff: StaffId, session: SessionId) -> Key<Session> {
    Key::new(Home::Staff(staff), format!("SESSION#{session}"))
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

/// An evaluation.
pub fn evaluation(patient: PatientId, evaluation: EvaluationId) -> Key<Evaluation> {
    visit(patient, evaluation.into(), "EVALUATION")
}

/// A report.
pub fn report(patient: PatientId, evaluation: EvaluationId, report: ReportId) -> Key<Report> {
    visit(patient, evaluation.into(), &format!("REPORT#{report}"))
}

/// A count of text messages.
pub fn sms_count(patient: PatientId, evaluation: EvaluationId) -> Key<SmsCount> {
    visit(patient, evaluation.into(), "SMS")
}

/// A piece of work.
pub fn outbox(patient: PatientId, evaluation: EvaluationId, outbox: OutboxId) -> Key<OutboxItem> {
    visit(patient, evaluation.into(), &format!("OUTBOX#{outbox}"))
}

/// The starts of an address within an hour.
pub fn start_count(address: AddressId, hour: Timestamp) -> Key<StartCount> {
    Key::new(Home::Starts(address), sortable(hour))
}

/// A creating request.
pub fn idempotent_request(request_mac: &str) -> Key<IdempotentRequest> {
    Key::new(Home::Idempotency, request_mac.into())
}

macro_rules! at {
    ($($entity:ty => |$it:ident| $key:expr;)*) => {$(
        impl Entity for $entity {
            fn key(&self) -> Key<Self> {
                let $it = self;
                $key
            }
        }
    )*};
}

at! {
    Clinic => |_it| clinic();
    BranchKey => |it| branch_key(it.version);
    FormVersion => |it| form_version(it.version);
    CurrentForm => |_it| current_form();
    Staff => |it| staff(it.staff);
    Session => |it| session(it.staff, it.session);
    PatientKey => |it| patient_key(it.patient);
    Patient => |it| patient(it.patient);
    Section => |it| section(it.patient, it.intake, &it.section);
    Consent => |it| consent(it.patient, it.intake, it.consent);
    Guardian => |it| guardian(it.patient, it.intake);
    Note => |it| note(it.patient, it.intake, it.written_at, it.note);
    StartCount => |it| start_count(it.address, it.hour);
    Photo => |it| photo(it.patient, it.intake, it.photo);
    Upload => |it| upload(it.upload);
    UploadCount => |it| upload_count(it.patient, it.intake);
    ResumeToken => |it| resume_token(it.link);
    ReportLink => |it| report_link(it.link);
    Report => |it| report(it.patient, it.evaluation, it.report);
    SmsCount => |it| sms_count(it.patient, it.evaluation);
    IdempotentRequest => |it| idempotent_request(&it.request_mac);
}

impl Entity for Intake {
    fn key(&self) -> Key<Self> {
        intake(self.patient, self.intake)
    }

    fn indexes(&self) -> Vec<Index> {
        let due = self.started_at.checked_add(DRAFT_LIFETIME).ok();
        match (self.status, due) {
            (IntakeStatus::Draft, Some(due)) => {
                vec![Index {
                    name: IndexName::Due,
                    partition: "DUE",
                    sort: format!("{}#{}", sortable(due), self.intake),
                }]
            }
            _ => Vec::new(),
        }
    }
}

impl Entity for Evaluation {
    fn key(&self) -> Key<Self> {
        evaluation(self.patient, self.evaluation)
    }

    fn indexes(&self) -> Vec<Index> {
        let sort = format!("{}#{}", sortable(self.created_at), self.evaluation);
        vec![Index { name: IndexName::Queue, partition: queue_partition(self.status), sort }]
    }
}

/// The queue's partition for a status.
pub(crate) const fn queue_partition(status: visage_domain::evaluation::EvaluationStatus) -> &'static str {
    use visage_domain::evaluation::EvaluationStatus;
    match status {
        EvaluationStatus::New => "QUEUE#new",
        EvaluationStatus::InProgress => "QUEUE#in_progress",
        EvaluationStatus::Signed => "QUEUE#signed",
    }
}

impl Entity for OutboxItem {
    fn key(&self) -> Key<Self> {
        outbox(self.patient, self.evaluation, self.outbox)
    }

    fn indexes(&self) -> Vec<Index> {
        let sort = format!("{}#{}", sortable(self.created_at), self.outbox);
        match self.outbox_state {
            OutboxState::Pending => vec![Index { name: IndexName::Outbox, partition: "OUTBOX", sort }],
            _ => Vec::new(),
        }
    }
}
