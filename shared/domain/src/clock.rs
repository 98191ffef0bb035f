//! Time and randomness as parameters, so that seven years can pass within one test.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Where the time comes from. Product code never reads the system's clock itself.
pub trait Clock: Send + Sync {
    /// The present instant, UTC.
    fn now(&self) -> Timestamp;
}

/// The day in UTC at `now`: what counts by days and belongs to no clinic's place.
pub fn utc_day(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

/// The turn that comes at `now` after the one that was `due`, of what has its turn `every` so often: the first that lies ahead, so
/// that a late one moves nothing and repeats nothing.
pub fn turn_after(due: Timestamp, every: SignedDuration, now: Timestamp) -> Timestamp {
    let (late, every) = (now.duration_since(due).as_secs().max(0), every.as_secs().max(1));
    let turns = late / every + 1;
    due.checked_add(SignedDuration::from_secs(turns.saturating_mul(every))).unwrap_or(Timestamp::MAX)
}

/// Seconds until the next of these days begins: what is counted by the day is asked for again then.
pub fn until_next_day(now: Timestamp) -> u32 {
    let second = now.as_second().rem_euclid(86_400);
    u32::try_from(86_400 - second).unwrap_or(86_400)
}

/// Where unpredictable bytes come from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with cryptographically secure random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` fresh random bytes.
pub fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}
