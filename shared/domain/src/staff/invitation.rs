//! How many invitations a clinic sends: each is a mail to whatever address an owner enters.

use crate::clinic::{Clinic, ClinicStatus};
use crate::clock::utc_day;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Most invitations of a clinic within a day, those that are sent again among them. Whom a registration brings don't count.
pub const MAX_INVITATIONS_A_DAY: u32 = 20;

/// Most of them while the clinic is pending: nobody has answered for it yet.
pub const MAX_INVITATIONS_BEFORE: u32 = 3;

/// How often a clinic invited somebody on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationCount {
    /// The day, UTC.
    pub day: Date,
    /// How often. Counted before anything is sent.
    pub invitations: u32,
    /// When the first was.
    pub since: Timestamp,
}

impl InvitationCount {
    /// How many `clinic` may send within a day.
    pub const fn most(clinic: &Clinic) -> u32 {
        match clinic.status {
            ClinicStatus::Pending => MAX_INVITATIONS_BEFORE,
            _ => MAX_INVITATIONS_A_DAY,
        }
    }

    /// The count of the day of `now`, with one invitation.
    pub fn first(now: Timestamp) -> Self {
        Self { day: utc_day(now), invitations: 1, since: now }
    }
}

impl Record for InvitationCount {
    const TYPE: &'static str = "invitation_count";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }

    // A day later nobody asks for it any more; the audit log keeps every invitation.
    fn expires_at(&self) -> Option<Timestamp> {
        self.since.checked_add(SignedDuration::from_hours(48)).ok()
    }
}
