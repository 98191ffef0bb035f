//! That somebody took out many patients' answers: whose, why and when. It stays as evidence, and lets them read for an hour.

use crate::access_reason::AccessReason;
use crate::evaluation::EvaluationStatus;
use crate::ids::{ExportId, StaffId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long an export is read.
pub const EXPORT_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// An export of answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerExport {
    /// The export.
    pub export: ExportId,
    /// Who takes them out.
    pub started_by: StaffId,
    /// The answers of intakes that came in then or later.
    pub since: Timestamp,
    /// The answers of intakes that came in then or earlier.
    pub until: Timestamp,
    /// How far their evaluations are; all of them if it isn't said.
    pub status: Option<EvaluationStatus>,
    /// Why.
    pub reason: AccessReason,
    /// When it was begun.
    pub started_at: Timestamp,
}

impl AnswerExport {
    /// Whether it may still be read at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }

    /// From when on it is read no more.
    pub fn ends_at(&self) -> Timestamp {
        self.started_at.checked_add(EXPORT_LIFETIME).unwrap_or(self.started_at)
    }

    /// How far the evaluations are that it is of, in the order in which an evaluation goes through them: one that moves
    /// on while the export is read may be met twice, but is not missed.
    pub fn statuses(&self) -> &[EvaluationStatus] {
        match &self.status {
            None => &EvaluationStatus::ALL,
            Some(status) => std::slice::from_ref(status),
        }
    }

    /// What is taken out and why, as the audit log has it.
    pub fn summary(&self) -> String {
        let Self { export, since, until, .. } = self;
        let status = self.status.map_or("all", EvaluationStatus::code);
        format!("export={export};since={since};until={until};status={status};reason={}", self.reason.code())
    }
}

impl Record for AnswerExport {
    const TYPE: &'static str = "answer_export";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.started_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(status: Option<EvaluationStatus>) -> AnswerExport {
        AnswerExport {
            export: ExportId::from_bits([1; 16]),
            started_by: StaffId::from_bits([2; 16]),
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            status,
            reason: AccessReason::LegalRequest,
            started_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_export_is_read_for_an_hour_and_no_longer() {
        let (export, tick) = (export(None), SignedDuration::from_nanos(1));
        let end = export.started_at + EXPORT_LIFETIME;
        assert!(export.is_open(export.started_at) && export.is_open(end - tick));
        assert!(!export.is_open(end));
    }

    #[test]
    fn it_is_of_one_status_or_of_all_in_their_order() {
        assert_eq!(export(None).statuses(), EvaluationStatus::ALL);
        let signed = export(Some(EvaluationStatus::Signed));
        assert_eq!(signed.statuses(), [EvaluationStatus::Signed]);
        assert!(signed.summary().ends_with(";status=signed;reason=legal_request"));
    }
}
