//! Emergency access: whoever works at the clinic and may not read charts breaks the glass, says why, reads for an hour, and
//! answers for it to somebody else (45 CFR 164.312(a)(2)(ii)).

use crate::clock::turn_after;
use crate::evaluation::Reason;
use crate::ids::{BreakGlassId, SessionId, StaffId};
use crate::principal::Role;
use crate::retention::{Record, RecordClass};
use crate::session::Session;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long charts stay open. The promise of the policies; not configurable.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_mins(60);
/// How long a review may take before those who owe it are told.
pub const REVIEW_WITHIN: SignedDuration = SignedDuration::from_hours(72);
/// How often they are told from then on.
pub const REMIND_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Why charts must be read. Each is a code of HL7 v3 `PurposeOfUse`; what it is about stands in the explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmergencyReason {
    /// A patient must be helped, and nobody who may read the chart can be reached (`ETREAT`).
    TreatmentEmergency,
    /// Somebody was harmed or nearly, and it can't wait (`PATSFTY`).
    SafetyIncident,
    /// It must be seen whether records are there and whole, after a failure (`HSYSADMIN`).
    SystemRecovery,
}

impl EmergencyReason {
    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TreatmentEmergency => "treatment_emergency",
            Self::SafetyIncident => "safety_incident",
            Self::SystemRecovery => "system_recovery",
        }
    }
}

/// A broken glass, as the session has it that charts are open to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenGlass {
    /// Which.
    pub break_glass: BreakGlassId,
    /// From when on it opens nothing.
    pub until: Timestamp,
}

impl OpenGlass {
    /// Whether it opens anything at `now`.
    pub fn is_open(self, now: Timestamp) -> bool {
        now < self.until
    }
}

/// That somebody broke the glass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlass {
    /// Which time.
    pub break_glass: BreakGlassId,
    /// Who.
    pub staff: StaffId,
    /// Their roles at that moment.
    pub roles: Vec<Role>,
    /// The session that charts were open to, and to no other.
    pub session: SessionId,
    /// Why.
    pub reason: EmergencyReason,
    /// From when on charts were open.
    pub started_at: Timestamp,
    /// From when on they weren't, at the latest: the session may have ended before.
    pub until: Timestamp,
    /// When those who owe the review are told next, as long as it isn't reviewed.
    pub remind_at: Timestamp,
    /// What somebody else found, once they did.
    pub review: Option<Review>,
}

/// What was written about it; may tell of a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlassTexts {
    /// Why charts had to be read.
    pub explanation: Reason,
    /// What the reviewer says of it.
    pub note: Option<Reason>,
}

/// What came of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It was an emergency, and what was read had to do with it.
    Justified,
    /// It wasn't, or more was read than that: to be followed up as a disclosure.
    NotJustified,
}

impl Finding {
    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::NotJustified => "not_justified",
        }
    }
}

/// A review. It closes the matter, and nothing changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who looked.
    pub reviewed_by: StaffId,
    /// When.
    pub reviewed_at: Timestamp,
    /// What they found.
    pub finding: Finding,
}

/// Why a review isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReviewable {
    /// Nobody reviews what they did themselves.
    ByThemselves,
    /// Charts are still open, and what isn't over can't be judged.
    StillOpen,
    /// Somebody reviewed it.
    Reviewed,
}

impl BreakGlass {
    /// That `session`, of somebody with these roles, breaks the glass at `now`. It is over after an hour, or with the session.
    pub fn of(
        break_glass: BreakGlassId,
        session: &Session,
        roles: Vec<Role>,
        reason: EmergencyReason,
        now: Timestamp,
    ) -> Self {
        let until = after(now, OPEN_FOR).min(session.ends_at());
        Self {
            break_glass,
            staff: session.staff,
            roles,
            session: session.session,
            reason,
            started_at: now,
            until,
            remind_at: after(now, REVIEW_WITHIN),
            review: None,
        }
    }

    /// The same as the session has it.
    pub const fn open(&self) -> OpenGlass {
        OpenGlass { break_glass: self.break_glass, until: self.until }
    }

    /// Whether those who owe the review are to be told at `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.review.is_none() && self.remind_at <= now
    }

    /// The same after they were told at `now`: next a day after the time that was due, or as many days as it takes to lie
    /// ahead, so that a late run moves nothing and repeats nothing.
    #[must_use]
    pub fn reminded(&self, now: Timestamp) -> Self {
        Self { remind_at: turn_after(self.remind_at, REMIND_EVERY, now), ..self.clone() }
    }

    /// The same with a review of `reviewer` at `now`.
    ///
    /// # Errors
    /// [`NotReviewable`], and why.
    pub fn reviewed(
        &self,
        reviewer: StaffId,
        finding: Finding,
        now: Timestamp,
    ) -> Result<Self, NotReviewable> {
        if reviewer == self.staff {
            Err(NotReviewable::ByThemselves)
        } else if self.review.is_some() {
            Err(NotReviewable::Reviewed)
        } else if self.open().is_open(now) {
            Err(NotReviewable::StillOpen)
        } else {
            let review = Review { reviewed_by: reviewer, reviewed_at: now, finding };
            Ok(Self { review: Some(review), ..self.clone() })
        }
    }
}

fn after(at: Timestamp, time: SignedDuration) -> Timestamp {
    at.checked_add(time).unwrap_or(Timestamp::MAX)
}

impl Record for BreakGlass {
    const TYPE: &'static str = "break_glass";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = BreakGlassTexts;

    fn anchor(&self) -> Timestamp {
        self.started_at
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::audit::Client;
    use crate::session::ABSOLUTE_LIMIT;

    const TICK: SignedDuration = SignedDuration::from_nanos(1);
    const ZERO: Timestamp = Timestamp::UNIX_EPOCH;

    fn session() -> Session {
        Session {
            session: SessionId::from_bits([1; 16]),
            staff: StaffId::from_bits([2; 16]),
            token_hash: String::new(),
            csrf_hash: String::new(),
            client: Client::default(),
            started_at: ZERO,
            seen_at: ZERO,
            break_glass: None,
        }
    }

    fn broken_at(now: Timestamp) -> BreakGlass {
        let id = BreakGlassId::from_bits([3; 16]);
        BreakGlass::of(id, &session(), vec![Role::Owner], EmergencyReason::SafetyIncident, now)
    }

    #[test]
    fn it_is_over_at_sixty_minutes_to_the_instant() {
        let session = Session { break_glass: Some(broken_at(ZERO).open()), ..session() };
        assert!(session.open_glass(ZERO).is_some() && session.open_glass(ZERO + OPEN_FOR - TICK).is_some());
        assert_eq!(session.open_glass(ZERO + OPEN_FOR), None);
        assert_eq!(Session { break_glass: None, ..session }.open_glass(ZERO), None);
    }

    #[test]
    fn it_outlives_no_session() {
        let late = ZERO + ABSOLUTE_LIMIT - SignedDuration::from_mins(5);
        assert_eq!(broken_at(late).until, ZERO + ABSOLUTE_LIMIT);
    }

    #[test]
    fn it_is_reviewed_by_somebody_else_once_it_is_over_and_once() {
        let (broken, other) = (broken_at(ZERO), StaffId::from_bits([9; 16]));
        let over = broken.until;
        let review = |it: &BreakGlass, who, at| it.reviewed(who, Finding::Justified, at);
        assert_eq!(review(&broken, broken.staff, over), Err(NotReviewable::ByThemselves));
        assert_eq!(review(&broken, other, over - TICK), Err(NotReviewable::StillOpen));
        let reviewed = review(&broken, other, over).unwrap();
        assert_eq!(reviewed.review.map(|it| it.reviewed_by), Some(other));
        assert_eq!(review(&reviewed, other, over), Err(NotReviewable::Reviewed));
        assert!(!reviewed.is_due(Timestamp::MAX));
    }

    #[test]
    fn who_owes_the_review_is_told_after_three_days_and_then_once_a_day() {
        let broken = broken_at(ZERO);
        let due = ZERO + REVIEW_WITHIN;
        assert!(!broken.is_due(due - TICK) && broken.is_due(due));
        let told = broken.reminded(due + SignedDuration::from_mins(59));
        assert_eq!(told.remind_at, due + REMIND_EVERY);
        assert!(!told.is_due(due + REMIND_EVERY - TICK));
        // After an outage of days once, not once for each.
        let late = broken.reminded(due + REMIND_EVERY * 3);
        assert_eq!(late.remind_at, due + REMIND_EVERY * 4);
    }

    #[test]
    fn codes_are_what_is_stored() {
        use EmergencyReason::{SafetyIncident, SystemRecovery, TreatmentEmergency};
        for reason in [TreatmentEmergency, SafetyIncident, SystemRecovery] {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
        for finding in [Finding::Justified, Finding::NotJustified] {
            assert_eq!(serde_json::to_value(finding).unwrap(), finding.code());
        }
    }
}
