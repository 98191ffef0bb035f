//! The outbox: work that a transaction leaves behind, so that it is never lost and never done twice.
//!
//! A write that needs a message sent or a report rendered writes an outbox item in the same transaction. A relay hands
//! it to a queue; the worker claims it, works, and records how it went. A crash after the claim of a message leaves it
//! [`OutboxState::Claimed`]: its fate is unknown, the machine never sends it again, and staff see it.

mod held;
mod sms_count;

pub use held::{
    CLINIC_CLOSED, HELD_FOR, Hold, NO_OTHER_CHANNEL, NOT_CONFIRMED, REPLACED, VENDOR_NOT_APPROVED,
};
pub use sms_count::{SMS_CAP, SmsCount};

use crate::ids::{ClinicId, EvaluationId, LinkId, OutboxId, PatientId, RetakeId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a piece of work waits for the relay before the sweeper hands it over again; the sweeper comes this often.
pub const SWEEP_INTERVAL: SignedDuration = SignedDuration::from_mins(5);
/// How long a claim may say nothing: longer than any worker lives. After that its fate is unknown.
pub const CLAIM_GRACE: SignedDuration = SignedDuration::from_mins(2);

/// How a notice travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Sms => Self::Email,
            Self::Email => Self::Sms,
        }
    }
}

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeEvent {
    /// The intake arrived at the clinic.
    IntakeReceived,
    /// A report can be opened.
    ReportReady,
    /// A new version of a report can be opened.
    ReportUpdated,
    /// The code that opens a report, which was asked for.
    ReportCode,
    /// A photo is asked for again.
    RetakeAsked,
}

impl NoticeEvent {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::IntakeReceived, Self::ReportReady, Self::ReportUpdated, Self::ReportCode, Self::RetakeAsked];

    /// Whether its notice carries a link to the report.
    pub const fn carries_report_link(self) -> bool {
        matches!(self, Self::ReportReady | Self::ReportUpdated)
    }

    /// Whether its notice helps to open a report.
    pub const fn opens_report(self) -> bool {
        self.carries_report_link() || matches!(self, Self::ReportCode)
    }

    /// Whether its notice goes only where the patient confirmed.
    pub const fn needs_confirmation(self) -> bool {
        self.opens_report() || matches!(self, Self::RetakeAsked)
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
    /// The report link that it regards: whose code is sent, or in whose place a fresh one goes out.
    #[serde(default)]
    pub regards: Option<LinkId>,
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
        let (outbox_state, link, regards, retake) = (OutboxState::Pending, None, None, None);
        Self { outbox, patient, evaluation, task, outbox_state, link, regards, retake, created_at }
    }

    /// The same about a report link.
    #[must_use]
    pub const fn regarding(mut self, link: LinkId) -> Self {
        self.regards = Some(link);
        self
    }

    /// Whether it was done, or may still be.
    pub const fn is_under_way(&self) -> bool {
        !matches!(self.outbox_state, OutboxState::Suppressed { .. } | OutboxState::Failed { .. })
    }

    /// Whether it brings the link that takes the place of `link`: it may still, or did.
    pub fn succeeds(&self, link: LinkId) -> bool {
        let is_code = matches!(self.task, Task::Notice { event: NoticeEvent::ReportCode, .. });
        self.regards == Some(link) && !is_code && self.is_under_way()
    }
}

/// Whether the sweeper hands over what has been pending for `age`: four times in a row, then after ever longer, each time
/// twice as long, and in the end once a day. What stands in a queue all the while is so handed over a few times only, and
/// work that nobody can do doesn't fill the dead-letter queue.
pub fn is_due_for_sweep(age: SignedDuration) -> bool {
    const DAY: i64 = 24 * 60 / 5;
    match age.as_secs() / SWEEP_INTERVAL.as_secs() {
        ..1 => false,
        runs @ 1..DAY => runs <= 3 || runs.count_ones() == 1,
        runs @ DAY.. => runs % DAY == 0,
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

#[cfg(test)]
mod tests {
    use super::held::tests::held_back;
    use super::*;

    #[test]
    fn the_sweeper_takes_what_waited_and_returns_to_old_work_ever_more_rarely() {
        let due = |minutes: i64| is_due_for_sweep(SignedDuration::from_mins(minutes));
        assert!(!due(-3) && !due(0) && !due(4));
        let day = 24 * 60;
        let found: Vec<_> = (0..day).step_by(5).filter(|minutes| due(*minutes)).collect();
        assert_eq!(found, [5, 10, 15, 20, 40, 80, 160, 320, 640, 1280]);
        let week = (day..8 * day).step_by(5).filter(|minutes| due(*minutes)).count();
        assert_eq!(week, 7);
    }

    #[test]
    fn the_successor_of_a_link_is_no_code_and_not_what_was_held_back() {
        let (link, other) = (LinkId::from_bits([4; 16]), LinkId::from_bits([5; 16]));
        let held = held_back(Channel::Email, NoticeEvent::ReportReady, NOT_CONFIRMED).regarding(link);
        let waiting = OutboxItem { outbox_state: OutboxState::Pending, ..held.clone() };
        let claimed = OutboxState::Claimed { at: Timestamp::UNIX_EPOCH };
        let claimed = OutboxItem { outbox_state: claimed, ..held.clone() };
        assert!(waiting.succeeds(link) && claimed.succeeds(link));
        assert!(!waiting.succeeds(other) && !held.succeeds(link));
        let task = Task::Notice { channel: Channel::Email, event: NoticeEvent::ReportCode };
        assert!(!OutboxItem { task, ..waiting }.succeeds(link));
    }
}
