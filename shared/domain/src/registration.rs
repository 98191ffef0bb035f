//! A clinic that registers by itself: the request, kept until whoever reads its owner's mail confirms it, and how many there
//! may be.
//!
//! Requests are counted for where they come from, for whom they mail and altogether, each in a count of its own that the
//! database drops.

use crate::ids::{AddressId, ClinicId, LinkId};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a registration may be confirmed after the request.
pub const CONFIRMATION_LIFETIME: SignedDuration = SignedDuration::from_hours(48);

/// Most requests of one network within an hour: nobody registers more clinics than that.
pub const REQUESTS_PER_HOUR: u32 = 5;

/// Most requests of one site within an hour, however many networks it holds.
pub const SITE_REQUESTS_PER_HOUR: u32 = 20;

/// Most requests of everybody within an hour: more mails than that nobody sends in our name.
pub const ALL_REQUESTS_PER_HOUR: u32 = 100;

/// Most requests that mail one mailbox within a day.
pub const MAILS_PER_DAY: u32 = 3;

/// A registration that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRequest {
    /// The link that confirms it; derived from its secret's hash.
    pub link: LinkId,
    /// SHA-256 of the secret, hexadecimal.
    pub secret_hash: String,
    /// The clinic that it becomes: the same one however often it is confirmed.
    pub clinic: ClinicId,
    /// What was entered, sealed under the link's secret, base 64: until somebody shows that, nobody can read it.
    pub sealed: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it can't be confirmed any more.
    pub expires_at: Timestamp,
}

impl RegistrationRequest {
    /// What its seal is bound to.
    pub fn seal_context(clinic: ClinicId) -> String {
        format!("visage/registration/1\n{clinic}")
    }
}

impl Record for RegistrationRequest {
    const TYPE: &'static str = "registration_request";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.requested_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// For what requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The network that they come from, by the hour.
    Network,
    /// The mailbox that they mail, by the day.
    Mailbox,
    /// The site that they come from, by the hour.
    Site,
    /// Nothing of them: all count together, by the hour.
    Everybody,
}

impl Counted {
    /// The name in keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Mailbox => "mailbox",
            Self::Site => "site",
            Self::Everybody => "everybody",
        }
    }

    /// How many there may be.
    pub const fn most(self) -> u32 {
        match self {
            Self::Network => REQUESTS_PER_HOUR,
            Self::Mailbox => MAILS_PER_DAY,
            Self::Site => SITE_REQUESTS_PER_HOUR,
            Self::Everybody => ALL_REQUESTS_PER_HOUR,
        }
    }

    /// Within which time.
    const fn span(self) -> SignedDuration {
        match self {
            Self::Network | Self::Site | Self::Everybody => SignedDuration::from_hours(1),
            Self::Mailbox => SignedDuration::from_hours(24),
        }
    }
}

/// The requests of one network, of one site or of everybody within one hour, or to one mailbox within one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationCount {
    /// What is counted.
    pub counted: Counted,
    /// Whose.
    pub address: AddressId,
    /// When hour or day began, in UTC.
    pub since: Timestamp,
    /// How many there were.
    pub requests: u32,
}

impl RegistrationCount {
    /// The first request in the hour or day of `now`.
    pub fn first(counted: Counted, address: AddressId, now: Timestamp) -> Self {
        let into = now.as_second().rem_euclid(counted.span().as_secs());
        let since = Timestamp::from_second(now.as_second() - into).unwrap_or(now);
        Self { counted, address, since, requests: 1 }
    }

    /// How many whole seconds, at least one, until the next hour or day begins.
    pub fn seconds_left(&self, now: Timestamp) -> u32 {
        let left = self.counted.span().as_secs() - now.duration_since(self.since).as_secs();
        u32::try_from(left).unwrap_or_default().max(1)
    }
}

impl Record for RegistrationCount {
    const TYPE: &'static str = "registration_count";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.since.checked_add(self.counted.span() * 2).ok()
    }
}

/// What is counted of an e-mail address in lower case. Large providers bring what is sent to `a.b+c@` and to `ab@` to the same
/// mailbox: here both are one, and who shares a count with a namesake by that waits a day at worst.
pub fn mailbox_of(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let name = local.split('+').next().unwrap_or_default().replace('.', "");
    format!("{name}@{domain}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_counts_once_however_it_is_written() {
        assert_eq!(mailbox_of("olivia@lumen.example"), "olivia@lumen.example");
        assert_eq!(mailbox_of("o.livia+a+b@lumen.example"), mailbox_of("olivia@lumen.example"));
        assert_ne!(mailbox_of("olivia@lumen.example"), mailbox_of("olivia@glow.example"));
        assert_ne!(mailbox_of("olivia@lumen.example"), mailbox_of("olivio@lumen.example"));
    }

    #[test]
    fn each_limit_lets_through_more_than_the_one_within_it() {
        let most = [Counted::Network, Counted::Site, Counted::Everybody].map(Counted::most);
        assert!(most.is_sorted_by(|less, more| less < more), "{most:?}");
        let names =
            [Counted::Network, Counted::Mailbox, Counted::Site, Counted::Everybody].map(Counted::code);
        let different: std::collections::BTreeSet<_> = names.into_iter().collect();
        assert_eq!(different.len(), names.len());
    }

    #[test]
    fn an_hour_and_a_day_are_counted_from_their_beginning() {
        let now: Timestamp = "2026-11-01T23:59:59.75Z".parse().unwrap();
        let first = |counted| RegistrationCount::first(counted, AddressId::from_bits([1; 16]), now);
        let (network, mailbox) = (first(Counted::Network), first(Counted::Mailbox));
        assert_eq!(network.since, "2026-11-01T23:00:00Z".parse().unwrap());
        assert_eq!(mailbox.since, "2026-11-01T00:00:00Z".parse().unwrap());
        assert_eq!((network.seconds_left(now), mailbox.seconds_left(now)), (1, 1));
        assert_eq!(mailbox.seconds_left(mailbox.since), 86_400);
        for hourly in [Counted::Site, Counted::Everybody].map(first) {
            assert_eq!((hourly.since, hourly.expires_at()), (network.since, network.expires_at()));
        }
        for count in [network, mailbox] {
            assert!(count.expires_at() > Some(now + count.counted.span()));
        }
    }
}
