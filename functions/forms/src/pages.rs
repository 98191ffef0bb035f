//! The pages of an export: which evaluations each is of, and where the next one begins.

use visage_domain::answer_export::AnswerExport;
use visage_domain::evaluation::EvaluationStatus;
use visage_domain::scope::Scope;
use visage_store::StoreError;
use visage_store::records::{AssigneeFilter, Cursor, QueueEntry, QueueFilter, Records};

/// Where a page begins: in the queue of a status, and after which entry of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) status: EvaluationStatus,
    pub(crate) after: Option<Cursor>,
}

impl Place {
    /// Where an export begins.
    pub(crate) fn first(export: &AnswerExport) -> Option<Self> {
        Some(Self { status: *export.statuses().first()?, after: None })
    }

    /// Reads a place that an earlier page named; none if it isn't one of the export's.
    pub(crate) fn decode(export: &AnswerExport, text: &str) -> Option<Self> {
        let (code, after) = text.split_once('.')?;
        let status = *export.statuses().iter().find(|status| status.code() == code)?;
        match after {
            "" => Some(Self { status, after: None }),
            after => Some(Self { status, after: Some(Cursor::decode(after)?) }),
        }
    }

    /// The place as clients have it.
    pub(crate) fn encode(self) -> String {
        let after = self.after.map(Cursor::encode).unwrap_or_default();
        format!("{}.{after}", self.status.code())
    }

    /// Where the next status of an export begins.
    fn next_status(self, export: &AnswerExport) -> Option<Self> {
        let mut later = export.statuses().iter().skip_while(|status| **status != self.status).skip(1);
        Some(Self { status: *later.next()?, after: None })
    }
}

/// An evaluation of a page, and in the queue of which status it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) status: EvaluationStatus,
    pub(crate) entry: QueueEntry,
}

impl Line {
    /// Where a page begins that follows this line.
    pub(crate) const fn place_after(&self) -> Place {
        Place { status: self.status, after: Some(Cursor::after(&self.entry)) }
    }
}

/// Up to `limit` evaluations of an export from `place` on, and where to go on if there may be more.
pub(crate) async fn gather<P>(
    records: &Records,
    scope: &Scope<P>,
    export: &AnswerExport,
    mut place: Place,
    limit: usize,
) -> Result<(Vec<Line>, Option<Place>), StoreError> {
    let mut lines: Vec<Line> = Vec::new();
    loop {
        let Place { status, after } = place;
        let filter = QueueFilter {
            status,
            assignee: AssigneeFilter::Anyone,
            since: Some(export.since),
            until: Some(export.until),
        };
        let missing = i32::try_from(limit - lines.len()).unwrap_or(i32::MAX);
        let page = records.queue(scope, &filter, missing, after).await?;
        lines.extend(page.entries.into_iter().map(|entry| Line { status, entry }));
        let next = match page.next.as_deref().and_then(Cursor::decode) {
            Some(after) => Some(Place { status, after: Some(after) }),
            None => place.next_status(export),
        };
        match next {
            Some(next) if lines.len() < limit => place = next,
            next => return Ok((lines, next)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use visage_domain::access_reason::AccessReason;
    use visage_domain::ids::{EvaluationId, ExportId, PatientId, StaffId};

    fn export(status: Option<EvaluationStatus>) -> AnswerExport {
        AnswerExport {
            export: ExportId::from_bits([1; 16]),
            started_by: StaffId::from_bits([2; 16]),
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            status,
            reason: AccessReason::QualityReview,
            started_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_export_goes_through_its_statuses_one_after_the_other() {
        let all = export(None);
        let places = std::iter::successors(Place::first(&all), |place| place.next_status(&all));
        assert_eq!(places.map(|place| place.status).collect::<Vec<_>>(), EvaluationStatus::ALL);
        let signed = export(Some(EvaluationStatus::Signed));
        let first = Place::first(&signed).unwrap();
        assert_eq!((first.status, first.next_status(&signed)), (EvaluationStatus::Signed, None));
    }

    #[test]
    fn a_place_reads_back_in_its_own_export_and_rubbish_does_not() {
        let all = export(None);
        let entry = QueueEntry {
            evaluation: EvaluationId::from_bits([3; 16]),
            patient: PatientId::from_bits([4; 16]),
            created_at: Timestamp::UNIX_EPOCH,
            assignee: None,
        };
        let inside = Line { status: EvaluationStatus::Signed, entry }.place_after();
        for place in [inside, Place { after: None, ..inside }] {
            assert_eq!(Place::decode(&all, &place.encode()), Some(place));
            assert_eq!(Place::decode(&export(Some(EvaluationStatus::New)), &place.encode()), None);
        }
        for rubbish in ["", ".", "signed", "signed.AAAA", "Signed.", "new.signed."] {
            assert_eq!(Place::decode(&all, rubbish), None, "{rubbish}");
        }
    }
}
