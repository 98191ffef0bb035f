//! Sessions and their two clocks: thirty minutes without activity, twelve hours at most.

use crate::audit::Client;
use crate::break_glass::OpenGlass;
use crate::ids::{BreakGlassId, OperatorId, SessionId, StaffId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

/// A session unused for this long is over. The promise of the policies; not configurable.
pub const IDLE_LIMIT: SignedDuration = SignedDuration::from_mins(30);
/// A session this old is over whatever its use.
pub const ABSOLUTE_LIMIT: SignedDuration = SignedDuration::from_hours(12);
/// Stored activity is rewritten only when this old: a session may thus end up to a minute early, never late.
pub const RENEW_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// What the clocks say of a session at a given instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Usable; `renew` says whether the stored activity is to be rewritten.
    Live {
        /// The stored activity is a minute old or more.
        renew: bool,
    },
    /// Thirty minutes passed without a request.
    Idle,
    /// Twelve hours passed since sign-in.
    TooOld,
}

/// Judges a session that started at `started`, was last seen at `seen`, at instant `now`.
pub fn liveness(started: Timestamp, seen: Timestamp, now: Timestamp) -> Liveness {
    if now.duration_since(started) >= ABSOLUTE_LIMIT {
        Liveness::TooOld
    } else if now.duration_since(seen) >= IDLE_LIMIT {
        Liveness::Idle
    } else {
        Liveness::Live { renew: now.duration_since(seen) >= RENEW_AFTER }
    }
}

/// A staff session, stored under its clinic. The token itself is never stored, only its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Derived from the token's hash.
    pub session: SessionId,
    /// Whose session.
    pub staff: StaffId,
    /// SHA-256 of the token's secret, hexadecimal.
    pub token_hash: String,
    /// SHA-256 of the secret that a browser must send along with the cookie, hexadecimal.
    pub csrf_hash: String,
    /// From where it was started.
    pub client: Client,
    /// When it began.
    pub started_at: Timestamp,
    /// The last request that counts as activity, to the minute.
    pub seen_at: Timestamp,
    /// The glass that was broken last in it, which may be over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<OpenGlass>,
}

impl Session {
    /// When it ends whatever its use.
    pub fn ends_at(&self) -> Timestamp {
        self.started_at.checked_add(ABSOLUTE_LIMIT).unwrap_or(self.started_at)
    }

    /// The broken glass that opens charts to it at `now`.
    pub fn open_glass(&self, now: Timestamp) -> Option<BreakGlassId> {
        self.break_glass.filter(|glass| glass.is_open(now)).map(|glass| glass.break_glass)
    }
}

impl Record for Session {
    const TYPE: &'static str = "session";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.started_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.started_at.checked_add(ABSOLUTE_LIMIT).ok()
    }
}

/// An operator's session, stored in the directory: operators belong to no clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorSession {
    /// Derived from the token's hash.
    pub session: SessionId,
    /// Whose session.
    pub operator: OperatorId,
    /// SHA-256 of the token's secret, hexadecimal.
    pub token_hash: String,
    /// SHA-256 of the secret that a browser must send along with the cookie, hexadecimal.
    pub csrf_hash: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The last request that counts as activity, to the minute.
    pub seen_at: Timestamp,
}

impl Record for OperatorSession {
    const TYPE: &'static str = "operator_session";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.started_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.started_at.checked_add(ABSOLUTE_LIMIT).ok()
    }
}

/// That an operator's sessions were ended: those that began until then count no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorSignOut {
    /// Whose.
    pub operator: OperatorId,
    /// When. Stored with all its digits: of two, the table tells by the text which is later.
    #[serde(serialize_with = "in_all_digits")]
    pub at: Timestamp,
}

fn in_all_digits<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.9}"))
}

impl OperatorSignOut {
    /// Whether a session that began at `started_at` counts no more.
    pub fn ends(&self, started_at: Timestamp) -> bool {
        started_at <= self.at
    }
}

impl Record for OperatorSignOut {
    const TYPE: &'static str = "operator_sign_out";
    const CLASS: RecordClass = RecordClass::Account;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.at
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_session_is_idle_at_thirty_minutes_to_the_second() {
        let zero = after(0);
        assert_eq!(liveness(zero, zero, after(1799)), Liveness::Live { renew: true });
        assert_eq!(liveness(zero, zero, after(1800)), Liveness::Idle);
    }

    #[test]
    fn a_session_is_too_old_at_twelve_hours_even_in_use() {
        let (zero, limit) = (after(0), 12 * 3600);
        assert_eq!(liveness(zero, after(limit - 1), after(limit - 1)), Liveness::Live { renew: false });
        assert_eq!(liveness(zero, after(limit), after(limit)), Liveness::TooOld);
    }

    #[test]
    fn an_operators_sign_out_ends_what_began_until_then() {
        let sign_out = OperatorSignOut { operator: OperatorId::from_bits([1; 16]), at: after(5) };
        assert!(sign_out.ends(after(4)) && sign_out.ends(after(5)));
        assert!(!sign_out.ends(after(6)));
    }

    #[test]
    fn a_sign_out_reads_back_however_many_digits_it_was_stored_with() {
        let at = after(5) + SignedDuration::from_millis(500);
        let sign_out = OperatorSignOut { operator: OperatorId::from_bits([1; 16]), at };
        let mut stored = serde_json::to_value(&sign_out).unwrap();
        assert_eq!(stored["at"], "1970-01-01T00:00:05.500000000Z");
        for at in ["1970-01-01T00:00:05.500000000Z", "1970-01-01T00:00:05.5Z"] {
            stored["at"] = at.into();
            assert_eq!(serde_json::from_value::<OperatorSignOut>(stored.clone()).unwrap(), sign_out);
        }
    }

    proptest! {
        #[test]
        fn no_request_is_served_thirty_minutes_after_the_last(gap in 1800i64..100_000) {
            prop_assert_ne!(liveness(after(0), after(0), after(gap)), Liveness::Live { renew: true });
        }

        #[test]
        fn however_renewals_overtake_each_other_activity_moves_forward_and_to_what_was_served(
            requests in proptest::collection::vec((0i64..2_400, 0usize..4), 1..60),
        ) {
            // Each request reads what is stored, and writes some requests later, if what it read still stands there.
            let (mut now, mut stored, mut served, mut writes) = (0, 0, vec![0], Vec::new());
            for (number, (gap, lag)) in requests.into_iter().enumerate() {
                now += gap;
                writes.retain(|&(due, read, at)| {
                    if due <= number && read == stored {
                        stored = at;
                    }
                    number < due
                });
                prop_assert!(served.contains(&stored) && stored <= now);
                match liveness(after(0), after(stored), after(now)) {
                    Liveness::Live { renew } => {
                        let last = served.last().copied().unwrap_or_default();
                        prop_assert!(now - last < 1_800 && now < 12 * 3_600, "{} after {}", now, last);
                        if renew {
                            writes.push((number + lag, stored, now));
                        }
                        served.push(now);
                    }
                    Liveness::Idle | Liveness::TooOld => break,
                }
            }
        }
    }
}
