//! The outbox: work that a transaction leaves behind, so that it is never lost and never done twice.
//!
//! A write that needs a message sent or a report rendered writes an outbox item in the same transaction. A relay hands
//! it to a queue; the worker claims it, works, and records how it went. A crash after the claim of a message leaves it
//! [`OutboxState::Claimed`]: its fate is unknown, the machine never sends it again, and staff see it.

use crate::ids::{ClinicId, EvaluationId, LinkId, OutboxId, PatientId, RetakeId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most text messages that one evaluation may cause.
pub const SMS_CAP: u32 = 5;

/// How long a piece of work waits for the relay before the sweeper hands it over again; the sweeper comes this often.
pub const SWEEP_INTERVAL: SignedDuration = SignedDuration::from_mins(5);
/// How long a claim may say nothing: longer than any worker lives. After that its fate is unknown.
pub const CLAIM_GRACE: SignedDuration = SignedDuration::from_mins(2);

/// How a notice travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Text message.
    Sms,
    /// E-mail.
    Email,
}

impl Channel {
    /// The name used in JSON and in keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeEvent {
    /// The intake arrived at the clinic.
    IntakeReceived,
    /// A report can be opened.
    ReportReady,
    /// A new version of a report can be opened.
    ReportUpdated,
    /// A photo is asked for again.
    RetakeAsked,
}

impl NoticeEvent {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::IntakeReceived, Self::ReportReady, Self::ReportUpdated, Self::RetakeAsked];

    /// Whether its notice carries a link to the report.
    pub const fn tells_of_report(self) -> bool {
        matches!(self, Self::ReportReady | Self::ReportUpdated)
    }

    /// Whether its notice carries a link that goes only where the patient confirmed.
    pub const fn needs_confirmation(self) -> bool {
        !matches!(self, Self::IntakeReceived)
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Send a notice to the patient.
    Notice {
        /// How.
        channel: Channel,
        /// About what.
        event: NoticeEvent,
    },
    /// Render the report of a signed evaluation.
    RenderReport,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OutboxState {
    /// Waits for the relay or in the queue.
    Pending,
    /// A worker took it and hasn't said how it went. After a crash it stays so: whether a message left is unknown.
    Claimed {
        /// When.
        at: Timestamp,
    },
    /// Done.
    Done {
        /// When.
        at: Timestamp,
        /// The vendor's reference, where there is one.
        reference: Option<String>,
    },
    /// Not done, on purpose.
    Suppressed {
        /// Why: a stable code.
        reason: String,
    },
    /// The vendor refused it for good.
    Failed {
        /// The vendor's error code.
        code: String,
    },
}

impl OutboxState {
    /// The name used in JSON and in the audit log. A claim says that nobody knows yet, or ever, how it went.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed { .. } => "unknown",
            Self::Done { .. } => "sent",
            Self::Suppressed { .. } => "suppressed",
            Self::Failed { .. } => "failed",
        }
    }
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxItem {
    /// The piece of work.
    pub outbox: OutboxId,
    /// Whom it concerns.
    pub patient: PatientId,
    /// The evaluation it belongs to.
    pub evaluation: EvaluationId,
    /// What is to be done.
    #[serde(flatten)]
    pub task: Task,
    /// How far it is.
    #[serde(flatten)]
    pub outbox_state: OutboxState,
    /// The report link that a notice carries, once it was made.
    pub link: Option<LinkId>,
    /// The ask for another photo that a notice tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retake: Option<RetakeId>,
    /// When it was left to be done.
    pub created_at: Timestamp,
}

impl OutboxItem {
    /// A piece of work that waits to be done.
    pub const fn pending(
        outbox: OutboxId,
        patient: PatientId,
        evaluation: EvaluationId,
        task: Task,
        created_at: Timestamp,
    ) -> Self {
        Self {
            outbox,
            patient,
            evaluation,
            task,
            outbox_state: OutboxState::Pending,
            link: None,
            retake: None,
            created_at,
        }
    }
}

/// Whether the sweeper hands over what has been pending for `age`: every time in the first hour, then once an hour, so
/// that work nobody can do doesn't fill the dead-letter queue.
pub fn is_due_for_sweep(age: SignedDuration) -> bool {
    match age.as_secs() / SWEEP_INTERVAL.as_secs() {
        ..1 => false,
        runs @ 1.. => runs <= 12 || runs % 12 == 0,
    }
}

impl Record for OutboxItem {
    const TYPE: &'static str = "outbox";
    const CLASS: RecordClass = RecordClass::Communication;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.created_at
    }
}

/// What travels through a queue: names of things only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxMessage {
    /// The clinic.
    pub clinic: ClinicId,
    /// Whom it concerns.
    pub patient: PatientId,
    /// The evaluation it belongs to.
    pub evaluation: EvaluationId,
    /// The piece of work.
    pub outbox: OutboxId,
}

impl OutboxMessage {
    /// The message about `item` of `clinic`.
    pub const fn of(clinic: ClinicId, item: &OutboxItem) -> Self {
        Self { clinic, patient: item.patient, evaluation: item.evaluation, outbox: item.outbox }
    }
}

/// How many text messages an evaluation has caused. Kept apart from the evaluation, which never changes once signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsCount {
    /// Whom it concerns.
    pub patient: PatientId,
    /// The evaluation.
    pub evaluation: EvaluationId,
    /// How many.
    pub sent: u32,
    /// Since when it is counted.
    pub since: Timestamp,
}

impl Record for SmsCount {
    const TYPE: &'static str = "sms_count";
    const CLASS: RecordClass = RecordClass::Communication;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweeper_takes_what_waited_and_returns_to_old_work_once_an_hour() {
        let due = |minutes| is_due_for_sweep(SignedDuration::from_mins(minutes));
        assert!(!due(-3) && !due(0) && !due(4));
        assert!(due(5) && due(37) && due(64));
        let later = (65..65 + 24 * 60).step_by(5).filter(|minutes| due(*minutes)).count();
        assert_eq!(later, 24);
    }
}
