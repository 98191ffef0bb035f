//! How many intakes one address may start at a clinic.
//!
//! An address is known by a keyed hash of the clinic's, so that what is counted names nobody. Each address and hour has
//! a count of its own, which the database drops: no count is everyone's.

use crate::ids::AddressId;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Most starts of one address at a clinic within an hour: a full waiting room behind one router, and no more.
pub const STARTS_PER_HOUR: u32 = 60;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The starts of one address within one hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartCount {
    /// The address.
    pub address: AddressId,
    /// When the hour began.
    pub hour: Timestamp,
    /// How many there were.
    pub starts: u32,
}

impl StartCount {
    /// The first start of an address in the hour of `now`.
    pub fn first(address: AddressId, now: Timestamp) -> Self {
        let hour = now.round(TimestampRound::new().smallest(Unit::Hour).mode(RoundMode::Trunc));
        Self { address, hour: hour.unwrap_or(now), starts: 1 }
    }

    /// How many whole seconds, at least one, until the next hour begins.
    pub fn seconds_left(&self, now: Timestamp) -> u32 {
        let left = HOUR.as_secs() - now.duration_since(self.hour).as_secs();
        u32::try_from(left).unwrap_or_default().max(1)
    }
}

impl Record for StartCount {
    const TYPE: &'static str = "start_count";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.hour
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.hour.checked_add(HOUR * 2).ok()
    }
}

/// What is counted of a client's address: an IPv4 address whole, of IPv6 the 64 bits that one customer is given. What
/// is no address counts as it is.
pub fn network_of(address: &str) -> String {
    match address.parse::<IpAddr>().map(|parsed| parsed.to_canonical()) {
        Ok(IpAddr::V4(whole)) => whole.to_string(),
        Ok(IpAddr::V6(long)) => {
            let [a, b, c, d, ..] = long.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => address.to_owned(),
    }
}

/// What is counted of whoever holds many networks: of IPv6 the 48 bits that a site or a cheap server is given, an IPv4 address
/// as its network.
pub fn site_of(address: &str) -> String {
    match address.parse::<IpAddr>().map(|parsed| parsed.to_canonical()) {
        Ok(IpAddr::V6(long)) => {
            let [a, b, c, ..] = long.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        _ => network_of(address),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_by_what_one_customer_holds() {
        assert_eq!(network_of("203.0.113.7"), "203.0.113.7");
        assert_eq!(network_of("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2:ffff::1"));
        assert_ne!(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
        assert_eq!(network_of(""), "");
    }

    #[test]
    fn a_site_holds_many_networks() {
        assert_eq!(site_of("2001:db8:1:2::1"), site_of("2001:db8:1:3::1"));
        assert_ne!(site_of("2001:db8:1:2::1"), site_of("2001:db8:2:2::1"));
        for whole in ["203.0.113.7", "::ffff:203.0.113.7", ""] {
            assert_eq!(site_of(whole), network_of(whole));
        }
    }

    #[test]
    fn an_hour_is_counted_from_its_beginning() {
        let now: Timestamp = "2026-11-01T01:59:59.75Z".parse().unwrap();
        let count = StartCount::first(AddressId::from_bits([1; 16]), now);
        assert_eq!(count.hour, "2026-11-01T01:00:00Z".parse().unwrap());
        assert_eq!(count.seconds_left(now), 1);
        assert_eq!(count.seconds_left(count.hour), 3_600);
        assert!(count.expires_at() > Some(now + HOUR));
    }
}
