//! Where each kind of record lives.
//!
//! Everything of one visit (an intake and the evaluation it leads to) shares a prefix, so opening it is one query.

use super::entity::{Entity, Home, Index, IndexName, Key};
use jiff::Timestamp;
use jiff::civil::Date;
use visage_domain::channel::{ConfirmationLink, ConfirmedChannel};
use visage_domain::clinic::Clinic;
use visage_domain::consent::Consent;
use visage_domain::document::Document;
use visage_domain::evaluation::{Addendum, Assignment, Evaluation, EvaluationStatus, Withdrawal};
use visage_domain::form_version::{CurrentForm, FormDraft, FormStanding, FormVersion};
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{
    AddressId, ConsentId, DestructionId, DocumentId, EvaluationId, IntakeId, LinkId, MatchId, NoteId,
    OutboxId, PatientId, PhotoId, RetakeId, SessionId, StaffId, UploadId,
};
use visage_domain::intake::{Intake, ResumeToken, Section};
use visage_domain::keys::{BranchKey, PatientKey};
use visage_domain::matching::{MatchDecision, MatchEntry, VisitEntry};
use visage_domain::minor::Guardian;
use visage_domain::note::Note;
use visage_domain::outbox::{Channel, OutboxItem, OutboxState, SmsCount};
use visage_domain::patient::Patient;
use visage_domain::photo::{Photo, Upload, UploadCount};
use visage_domain::purge::Destruction;
use visage_domain::report::{IssuedLink, Report, ReportLink, ReportOpening, TryCount};
use visage_domain::report_code::{CodeCount, ReportCode};
use visage_domain::retake::{Retake, RetakeLink};
use visage_domain::retention::Record;
use visage_domain::session::Session;
use visage_domain::staff::{Staff, StaffStatus};
use visage_domain::start_limit::StartCount;

/// An instant as sort keys have it: fixed width, so that text order is time order.
pub(crate) fn sortable(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// What follows the clinic in the partition of what is due.
pub(crate) const DUE: &str = "DUE";

/// What the sort keys of a visit start with.
pub(crate) fn visit_prefix(intake: IntakeId) -> String {
    format!("V#{intake}#")
}

/// Who of the clinic work can be assigned to, in the index of assignees.
pub(crate) const STAFF: &str = "STAFF";

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
    FormStanding => |it| form_standing(it.version);
    FormDraft => |_it| form_draft();
    PatientKey => |it| patient_key(it.patient);
    Patient => |it| patient(it.patient);
    Section => |it| section(it.patient, it.intake, &it.section);
    Consent => |it| consent(it.patient, it.intake, it.consent);
    Guardian => |it| guardian(it.patient, it.intake);
    Note => |it| note(it.patient, it.intake, it.written_at, it.note);
    StartCount => |it| start_count(it.address, it.hour);
    UploadCount => |it| upload_count(it.patient, it.intake);
    ReportLink => |it| report_link(it.link);
    Assignment => |it| assignment(it.patient, it.evaluation, it.number);
    Addendum => |it| addendum(it.patient, it.evaluation, it.number);
    MatchEntry => |it| match_entry(it.matching, it.patient);
    MatchDecision => |it| match_decision(it.patient, it.other, it.number);
    VisitEntry => |it| visit_entry(it.patient, it.evaluation);
    ConfirmationLink => |it| confirmation_link(it.link);
    Retake => |it| retake(it.patient, it.evaluation, it.retake);
    RetakeLink => |it| retake_link(it.link);
    ConfirmedChannel => |it| confirmed_channel(it.patient, it.evaluation, it.channel);
    IssuedLink => |it| issued_link(it.patient, it.evaluation, it.link);
    Report => |it| report(it.patient, it.evaluation, it.number);
    ReportOpening => |it| report_opening(it);
    TryCount => |it| try_count(it.patient, it.day);
    ReportCode => |it| report_code(it.link);
    CodeCount => |it| code_count(it.patient, it.day);
    SmsCount => |it| sms_count(it.patient, it.evaluation);
    Destruction => |it| destruction(it.run, it.destruction);
    IdempotentRequest => |it| idempotent_request(&it.request_mac);
}

impl Entity for Staff {
    fn key(&self) -> Key<Self> {
        staff(self.staff)
    }

    /// Those who work there.
    fn indexes(&self) -> Vec<Index> {
        match self.status {
            StaffStatus::Active => {
                vec![Index { name: IndexName::Assigned, partition: STAFF, sort: self.staff.to_string() }]
            }
            StaffStatus::Terminated => Vec::new(),
        }
    }
}

/// Records that stand in the index of what is due, from the moment it is known when that will be.
macro_rules! due_at {
    ($($entity:ty => |$it:ident| $key:expr, due $due:expr, as $id:expr;)*) => {$(
        impl Entity for $entity {
            fn key(&self) -> Key<Self> {
                let $it = self;
                $key
            }

            fn indexes(&self) -> Vec<Index> {
                let $it = self;
                let index = |due| Index {
                    name: IndexName::Due,
                    partition: DUE,
                    sort: format!("{}#{}", sortable(due), $id),
                };
                $due.map(index).into_iter().collect()
            }
        }
    )*};
}

due_at! {
    Intake => |it| intake(it.patient, it.intake), due it.due_at(), as it.intake;
    Photo => |it| photo(it.patient, it.intake, it.photo), due it.due_at(), as it.photo;
    Document => |it| document(it.patient, it.intake, it.document), due it.due_at(), as it.document;
    Session => |it| session(it.staff, it.session), due it.expires_at(), as it.session;
    Upload => |it| upload(it.upload), due Record::expires_at(it), as it.upload;
    ResumeToken => |it| resume_token(it.link), due Record::expires_at(it), as it.link;
}

impl Entity for Evaluation {
    fn key(&self) -> Key<Self> {
        evaluation(self.patient, self.evaluation)
    }

    /// One that was withdrawn before it was signed stands in the queue with its withdrawal.
    fn indexes(&self) -> Vec<Index> {
        match self.status {
            EvaluationStatus::Withdrawn => Vec::new(),
            status => queued(status, self.assignee, self.created_at, self.evaluation),
        }
    }
}

impl Entity for Withdrawal {
    fn key(&self) -> Key<Self> {
        withdrawal(self.patient, self.evaluation)
    }

    fn indexes(&self) -> Vec<Index> {
        queued(EvaluationStatus::Withdrawn, self.assignee, self.created_at, self.evaluation)
    }
}

fn queued(
    status: EvaluationStatus,
    assignee: Option<StaffId>,
    created_at: Timestamp,
    evaluation: EvaluationId,
) -> Vec<Index> {
    let partition = queue_partition(status);
    let sort = queue_sort(created_at, evaluation);
    let assigned = format!("{}#{sort}", assigned_prefix(assignee));
    vec![
        Index { name: IndexName::Queue, partition, sort },
        Index { name: IndexName::Assigned, partition, sort: assigned },
    ]
}

/// The place of an evaluation in the queue: by age.
pub(crate) fn queue_sort(created_at: Timestamp, evaluation: EvaluationId) -> String {
    format!("{}#{evaluation}", sortable(created_at))
}

/// What comes before its age where the queue is sorted by assignee: whose it is, or that nobody took it.
pub(crate) fn assigned_prefix(assignee: Option<StaffId>) -> String {
    assignee.map_or_else(|| "nobody".to_owned(), |staff| staff.to_string())
}

/// The queue's partition for a status.
pub(crate) const fn queue_partition(status: EvaluationStatus) -> &'static str {
    match status {
        EvaluationStatus::New => "QUEUE#new",
        EvaluationStatus::InProgress => "QUEUE#in_progress",
        EvaluationStatus::Signed => "QUEUE#signed",
        EvaluationStatus::Withdrawn => "QUEUE#withdrawn",
    }
}

impl Entity for OutboxItem {
    fn key(&self) -> Key<Self> {
        outbox(self.patient, self.evaluation, self.outbox)
    }

    fn indexes(&self) -> Vec<Index> {
        let (partition, since) = match self.outbox_state {
            OutboxState::Pending => (OutboxQueue::Pending, self.created_at),
            OutboxState::Claimed { at } => (OutboxQueue::Claimed, at),
            OutboxState::Failed { .. } => (OutboxQueue::Failed, self.created_at),
            OutboxState::Suppressed { .. } => (OutboxQueue::Suppressed, self.created_at),
            // What was done is the rule, and needs nobody's attention.
            OutboxState::Done { .. } => return Vec::new(),
        };
        let sort = format!("{}#{}", sortable(since), self.outbox);
        vec![Index { name: IndexName::Outbox, partition: partition.partition(), sort }]
    }
}

/// The part of the outbox that isn't done, by what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxQueue {
    /// Waits to be handed over or worked on.
    Pending,
    /// A worker took it; sorted by when.
    Claimed,
    /// Refused for good.
    Failed,
    /// Not done, on purpose.
    Suppressed,
}

impl OutboxQueue {
    pub(crate) const fn partition(self) -> &'static str {
        match self {
            Self::Pending => "OUTBOX",
            Self::Claimed => "OUTBOX#claimed",
            Self::Failed => "OUTBOX#failed",
            Self::Suppressed => "OUTBOX#suppressed",
        }
    }
}
