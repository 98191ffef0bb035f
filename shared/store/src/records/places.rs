//! Where each record stands: under its key, and in the indexes that it is found by.

use super::dated::dated;
use super::entity::{Entity, Index, IndexName, Key};
use super::keys::*;
use super::outbox::OutboxQueue;
use jiff::Timestamp;
use visage_domain::access_review::{AccessReview, NewestReview, ReviewLine, Tally};
use visage_domain::agreement::Acceptance;
use visage_domain::alert::Alert;
use visage_domain::answer_export::AnswerExport;
use visage_domain::break_glass::BreakGlass;
use visage_domain::channel::{ConfirmationLink, ConfirmedChannel};
use visage_domain::clinic::Clinic;
use visage_domain::consent::Consent;
use visage_domain::document::Document;
use visage_domain::evaluation::{Addendum, Assignment, Evaluation, EvaluationStatus, Withdrawal};
use visage_domain::form_version::{CurrentForm, FormDraft, FormStanding, FormVersion};
use visage_domain::idempotency::IdempotentRequest;
use visage_domain::ids::{EvaluationId, StaffId};
use visage_domain::intake::{Intake, ResumeToken, Section};
use visage_domain::intake_import::ImportedIntake;
use visage_domain::keys::{BranchKey, PatientKey};
use visage_domain::matching::{MatchDecision, MatchEntry, VisitEntry};
use visage_domain::minor::Guardian;
use visage_domain::note::Note;
use visage_domain::outbox::{OutboxItem, OutboxState, SmsCount};
use visage_domain::patient::Patient;
use visage_domain::photo::{Photo, Upload, UploadCount};
use visage_domain::purge::Destruction;
use visage_domain::report::{IssuedLink, Report, ReportLink, ReportOpening, TryCount};
use visage_domain::report_code::{CodeCount, ReportCode};
use visage_domain::retake::{Retake, RetakeLink};
use visage_domain::retention::Record;
use visage_domain::session::Session;
use visage_domain::staff::{InvitationCount, MfaReset, Staff, StaffStatus};
use visage_domain::start_limit::StartCount;

/// What follows the clinic in the partition of what is due.
pub(crate) const DUE: &str = "DUE";

/// What follows the clinic in the partition of the alerts that are to be sent.
pub(crate) const ALERTS: &str = "ALERTS";

/// What follows the clinic in the partition of the reviews that are still owed.
pub(crate) const REVIEWS: &str = "REVIEWS";

/// What follows the clinic in the partition of patients' keys, in the index of what is due: those under an older branch key are
/// due to be wrapped again.
pub(crate) const PATIENT_KEYS: &str = "KEYS";

/// Who works or worked at the clinic, in the index of assignees.
pub(crate) const STAFF: &str = "STAFF";

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
    Acceptance => |it| acceptance(it.agreement, &it.version);
    BranchKey => |it| branch_key(it.version);
    FormVersion => |it| form_version(it.version);
    CurrentForm => |_it| current_form();
    FormStanding => |it| form_standing(it.version);
    FormDraft => |_it| form_draft();
    Patient => |it| patient(it.patient);
    Section => |it| section(it.patient, it.intake, &it.section);
    ImportedIntake => |it| imported_intake(&it.reference_mac);
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
    Retake => |it| retake(it.patient, it.evaluation, it.retake);
    ConfirmedChannel => |it| confirmed_channel(it.patient, it.evaluation, it.channel);
    IssuedLink => |it| issued_link(it.patient, it.evaluation, it.link);
    Report => |it| report(it.patient, it.evaluation, it.number);
    ReportOpening => |it| report_opening(it);
    TryCount => |it| try_count(it.patient, it.day);
    CodeCount => |it| code_count(it.patient, it.day);
    SmsCount => |it| sms_count(it.patient, it.evaluation);
    InvitationCount => |it| invitation_count(it.day);
    MfaReset => |it| mfa_reset(it.staff);
    AnswerExport => |it| answer_export(it.started_by, it.export);
    AccessReview => |it| access_review(it.access_review);
    NewestReview => |_it| newest_access_review();
    ReviewLine => |it| access_review_line(it.access_review, it.staff);
    Tally => |it| access_review_tally(it.access_review, it.tally);
    Destruction => |it| destruction(it.run, it.destruction);
    IdempotentRequest => |it| idempotent_request(&it.request_mac);
}

impl Entity for Staff {
    fn key(&self) -> Key<Self> {
        staff(self.staff)
    }

    /// Those who may work stand together.
    fn indexes(&self) -> Vec<Index> {
        let sort = format!("{}{}", staff_prefix(self.status), self.staff);
        vec![Index { name: IndexName::Assigned, partition: STAFF, sort }]
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
                    sort: dated(due, $id),
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
    ConfirmationLink => |it| confirmation_link(it.link), due Record::expires_at(it), as it.link;
    RetakeLink => |it| retake_link(it.link), due Record::expires_at(it), as it.link;
    ReportCode => |it| report_code(it.link), due Record::expires_at(it), as it.link;
}

impl Entity for PatientKey {
    fn key(&self) -> Key<Self> {
        patient_key(self.patient)
    }

    /// By the branch key that wraps it. Wrapped again, it moves.
    fn indexes(&self) -> Vec<Index> {
        let sort = format!("{}#{}", branch_sort(self.key.branch), self.patient);
        vec![Index { name: IndexName::Due, partition: PATIENT_KEYS, sort }]
    }
}

/// A branch key's version where patients' keys are sorted by it: fixed width, so that text order is their order.
pub(crate) fn branch_sort(version: u32) -> String {
    format!("{version:06}")
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

/// What comes before a user where a clinic's users are sorted by whether they may work.
pub(crate) fn staff_prefix(status: StaffStatus) -> String {
    format!("{}#", status.code())
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
    dated(created_at, evaluation)
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
        let sort = dated(since, self.outbox);
        vec![Index { name: IndexName::Outbox, partition: partition.partition(), sort }]
    }
}

impl Entity for Alert {
    fn key(&self) -> Key<Self> {
        alert(self.alert)
    }

    /// What was sent needs nobody's attention.
    fn indexes(&self) -> Vec<Index> {
        let sort = dated(self.created_at, self.alert);
        let waiting = Index { name: IndexName::Outbox, partition: ALERTS, sort };
        if self.sent_at.is_none() { vec![waiting] } else { Vec::new() }
    }
}

/// What follows the clinic in the partition of broken glasses, reviewed or not.
pub(crate) const fn glass_partition(is_reviewed: bool) -> &'static str {
    if is_reviewed { "GLASS#reviewed" } else { "GLASS#unreviewed" }
}

impl Entity for BreakGlass {
    fn key(&self) -> Key<Self> {
        break_glass(self.break_glass)
    }

    /// Listed by when it was; and, as long as its review is owed, by when somebody is to be told of that.
    fn indexes(&self) -> Vec<Index> {
        let is_reviewed = self.review.is_some();
        let sort = |at| dated(at, self.break_glass);
        let partition = glass_partition(is_reviewed);
        let listed = Index { name: IndexName::Queue, partition, sort: sort(self.started_at) };
        let owed = Index { name: IndexName::Outbox, partition: REVIEWS, sort: sort(self.remind_at) };
        if is_reviewed { vec![listed] } else { vec![listed, owed] }
    }
}
