//! Who did what with an evaluation, and when: from its records, oldest first.
//!
//! Not from the audit log, which also knows who looked, and is for other eyes. What was written isn't repeated here.

use crate::names::names_of;
use crate::visit::{Path, Visit};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use visage_domain::audit::Purpose;
use visage_domain::evaluation::{Assignment, Reason};
use visage_domain::face::View;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::StaffId;
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, OutboxState, Task};
use visage_domain::permission;
use visage_domain::retake::Retake;
use visage_platform::operation::{Empty, check_involved};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::StoreError;
use visage_store::records::Records;
use visage_store::vault::Vault;

/// The operation.
pub struct GetTimeline {
    records: Records,
    vault: Vault,
}

/// The timeline.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    events: Vec<Event>,
    /// The names of the staff who occur.
    staff: HashMap<StaffId, String>,
}

/// Something that was done.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    at: Timestamp,
    by: By,
    #[serde(flatten)]
    what: What,
}

/// Who did it.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum By {
    /// The patient.
    Patient,
    /// A clinic's user.
    Staff {
        /// Who.
        staff: StaffId,
    },
    /// The platform.
    System,
}

/// What was done.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The intake was begun, with the consent to collect.
    IntakeStarted,
    /// The intake was handed in.
    IntakeSubmitted,
    /// It was taken, handed over or given back.
    Assigned {
        /// From whom.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<StaffId>,
        /// To whom.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<StaffId>,
        /// Why.
        #[serde(skip_serializing_if = "Reason::is_empty")]
        reason: Reason,
    },
    /// Somebody began to write on the assessment.
    AssessmentBegun,
    /// Somebody last wrote on the assessment.
    AssessmentWritten,
    /// It was signed.
    Signed,
    /// An addendum was signed.
    AddendumSigned {
        /// Which.
        number: u32,
    },
    /// It was withdrawn.
    Withdrawn {
        /// Why.
        reason: Reason,
    },
    /// The patient was asked for another photo.
    RetakeAsked {
        /// Of which view.
        view: View,
    },
    /// A report was rendered.
    ReportRendered,
    /// A notice to the patient came so far.
    Notice {
        /// About what.
        about: NoticeEvent,
        /// How.
        channel: Channel,
        /// How far.
        state: &'static str,
    },
}

impl Event {
    /// Of every kind.
    const FIELDS: &'static [Field] = &[
        shown("at"),
        shown("by").of(&[shown("kind"), shown("staff")]),
        shown("event"),
        shown("from"),
        shown("to"),
        shown("reason"),
        shown("number"),
        shown("view"),
        shown("about"),
        shown("channel"),
        shown("state"),
    ];
}

impl Operation for GetTimeline {
    const INFO: Info = Info {
        name: "get_timeline",
        method: "GET",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/timeline",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
        changes: false,
        problems: &[],
        headers: &[Header::AccessReason],
    };
    const FIELDS: &'static [Field] = &[shown("events").of(Event::FIELDS), shown("staff").by_key()];
    type Caller = Staff<permission::ReadTimeline>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let read = async {
            let visit = Visit::read(&self.records, &self.vault, &call.caller, call.path).await?;
            check_involved(&visit.evaluation.record, &call.caller, call.access_reason)?;
            let events = events(&visit)?;
            let staff = events.iter().flat_map(Event::staff).collect();
            let staff = names_of(&self.records, &self.vault, &call.caller, staff).await?;
            Ok(Reply::new(Output { events, staff }))
        };
        call.trail.alongside(read).await
    }
}

impl Event {
    const fn new(at: Timestamp, by: By, what: What) -> Self {
        Self { at, by, what }
    }

    /// Everybody who occurs in it.
    fn staff(&self) -> BTreeSet<StaffId> {
        let by = match self.by {
            By::Staff { staff } => Some(staff),
            By::Patient | By::System => None,
        };
        let (from, to) = match &self.what {
            What::Assigned { from, to, .. } => (*from, *to),
            _ => (None, None),
        };
        [by, from, to].into_iter().flatten().collect()
    }
}

fn events(visit: &Visit) -> Result<Vec<Event>, StoreError> {
    let (intake, evaluation, key) = (&visit.intake, &visit.evaluation.record, &visit.key);
    let by = |staff| By::Staff { staff };
    let mut events = vec![Event::new(intake.started_at, By::Patient, What::IntakeStarted)];
    let submitted = intake.submitted_at.map(|at| Event::new(at, By::Patient, What::IntakeSubmitted));
    events.extend(submitted);
    for step in &visit.assignments {
        let Assignment { from, to, assigned_by, assigned_at, .. } = step.record;
        // What went back because its assignee left comes without words.
        let reason = if step.is_sealed() { step.open(key)? } else { Reason::default() };
        events.push(Event::new(assigned_at, by(assigned_by), What::Assigned { from, to, reason }));
    }
    for author in &evaluation.authors {
        events.push(Event::new(author.first_at, by(author.staff), What::AssessmentBegun));
        if author.last_at != author.first_at {
            events.push(Event::new(author.last_at, by(author.staff), What::AssessmentWritten));
        }
    }
    let signature = evaluation.signature.as_ref();
    events.extend(signature.map(|it| Event::new(it.signed_at, by(it.signed_by), What::Signed)));
    for addendum in &visit.addenda {
        let it = &addendum.record;
        let what = What::AddendumSigned { number: it.number };
        events.push(Event::new(it.signed_at, by(it.signed_by), what));
    }
    if let Some(withdrawal) = &visit.withdrawal {
        let it = &withdrawal.record;
        let what = What::Withdrawn { reason: withdrawal.open(key)? };
        events.push(Event::new(it.withdrawn_at, by(it.withdrawn_by), what));
    }
    for retake in &visit.retakes {
        let Retake { view, asked_by, asked_at, .. } = retake.record;
        events.push(Event::new(asked_at, asked_by.map_or(By::System, by), What::RetakeAsked { view }));
    }
    let rendered = |at| Event::new(at, By::System, What::ReportRendered);
    events.extend(visit.reports.iter().map(|report| rendered(report.rendered_at)));
    events.extend(visit.outbox.iter().filter_map(|item| notice(&item.record)));
    events.sort_by_key(|event| event.at);
    Ok(events)
}

fn notice(item: &OutboxItem) -> Option<Event> {
    let Task::Notice { channel, event } = item.task else { return None };
    let at = match item.outbox_state {
        OutboxState::Claimed { at } | OutboxState::Done { at, .. } => at,
        OutboxState::Pending | OutboxState::Suppressed { .. } | OutboxState::Failed { .. } => item.created_at,
    };
    let state = item.outbox_state.code();
    Some(Event::new(at, By::System, What::Notice { about: event, channel, state }))
}
