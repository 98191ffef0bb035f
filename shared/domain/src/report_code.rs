//! One-time codes: what opens a report beside its link, at a clinic that chose them over the date of birth.
//!
//! A code proves that who holds the link also reads another channel of the patient's. So it never goes the way that its
//! link went: both in one mailbox would be one factor.

use crate::clock::{Entropy, random, utc_day};
use crate::ids::{EvaluationId, LinkId, OutboxId, PatientId};
use crate::outbox::Channel;
use crate::report::{LinkChannel, ReportLink};
use crate::retention::{Nothing, Record, RecordClass};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How long a code opens, from the moment it is sent.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Who asks again within this time clicked twice: the first code is on its way.
pub const CODE_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// How many codes may be asked for in a day, for one patient, over all links.
pub const MAX_CODES_A_DAY: u32 = 5;

/// How many codes there are: six digits.
const CODES: u64 = 1_000_000;
/// How long the database keeps a count that nobody asks for any more.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// What a clinic asks for beside a report link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// The date of birth on record.
    #[default]
    BirthDate,
    /// A code that is sent to another channel than the link was.
    OneTimeCode,
}

/// A code of six digits. Prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// A fresh code. Of 2⁶⁴ numbers a million get the same share, to within one in 10¹³.
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self(format!("{:06}", u64::from_be_bytes(random(entropy)) % CODES))
    }

    /// Reads six digits; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| Self(text.to_owned()))
    }

    /// The digits, to be sent or hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode")
    }
}

/// Where the code of a link that went by `link` goes: a text message before a mail, and never the link's own way.
pub fn code_channel(link: LinkChannel, may_go: impl Fn(Channel) -> bool) -> Option<Channel> {
    let other = |channel: &Channel| LinkChannel::from(*channel) != link;
    [Channel::Sms, Channel::Email].into_iter().filter(other).find(|channel| may_go(*channel))
}

/// The code of a report link: that one was asked for, and the one that opens. A link has one of these; what is asked for
/// and sent later takes the place of what was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportCode {
    /// The link.
    pub link: LinkId,
    /// Whose report.
    pub patient: PatientId,
    /// The evaluation that was reported.
    pub evaluation: EvaluationId,
    /// The notice that brings the code that was asked for last.
    pub notice: OutboxId,
    /// When that was.
    pub asked_at: Timestamp,
    /// The code that opens: that which was sent last, until it was used.
    pub sent: Option<SentCode>,
}

/// A code that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCode {
    /// HMAC of link and code under the patient's key, hexadecimal.
    pub mac: String,
    /// When it stops to open.
    pub expires_at: Timestamp,
}

impl ReportCode {
    /// What is kept once a code of `link` was asked for, of which `before` was known.
    pub fn asked(link: &ReportLink, before: Option<&Self>, notice: OutboxId, now: Timestamp) -> Self {
        Self {
            link: link.link,
            patient: link.patient,
            evaluation: link.evaluation,
            notice,
            asked_at: now,
            sent: before.and_then(|before| before.sent.clone()),
        }
    }

    /// Whether somebody who asks at instant `now` clicked twice.
    pub fn was_just_asked(&self, now: Timestamp) -> bool {
        now.duration_since(self.asked_at) < CODE_PAUSE
    }

    /// Whether `notice` brings what was asked for last, and while somebody still waits for it.
    pub fn is_awaited(&self, notice: OutboxId, now: Timestamp) -> bool {
        self.notice == notice && now.duration_since(self.asked_at) < CODE_LIFETIME
    }

    /// The same with a code that is sent at instant `now`; the one before opens no more.
    #[must_use]
    pub fn with_code(&self, mac: String, now: Timestamp) -> Self {
        let expires_at = now.checked_add(CODE_LIFETIME).unwrap_or(now);
        Self { sent: Some(SentCode { mac, expires_at }), ..self.clone() }
    }

    /// The hash of the code that opens at instant `now`.
    pub fn opening(&self, now: Timestamp) -> Option<&str> {
        self.sent.as_ref().filter(|sent| now < sent.expires_at).map(|sent| sent.mac.as_str())
    }

    /// The same after its code was used.
    #[must_use]
    pub fn used(&self) -> Self {
        Self { sent: None, ..self.clone() }
    }
}

impl Record for ReportCode {
    const TYPE: &'static str = "report_code";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.asked_at
    }

    // The last moment at which it may be sent, and from then on the time that it opens.
    fn expires_at(&self) -> Option<Timestamp> {
        self.asked_at.checked_add(CODE_LIFETIME * 2).ok()
    }
}

/// How many codes were asked for on one day, for one patient, over all links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeCount {
    /// Whose reports were to be opened.
    pub patient: PatientId,
    /// The day, UTC.
    pub day: Date,
    /// How many.
    pub codes: u32,
    /// When the first was asked for.
    pub since: Timestamp,
}

impl CodeCount {
    /// The count of the day of `now`, with one code.
    pub fn first(patient: PatientId, now: Timestamp) -> Self {
        Self { patient, day: utc_day(now), codes: 1, since: now }
    }
}

impl Record for CodeCount {
    const TYPE: &'static str = "code_count";
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.since
    }

    // A day later nobody asks for it any more; the audit log knows of every code.
    fn expires_at(&self) -> Option<Timestamp> {
        self.since.checked_add(KEPT).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::LINK_LIFETIME;

    struct Fixed(u8);
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    fn notice(byte: u8) -> OutboxId {
        OutboxId::from_bits([byte; 16])
    }

    fn asked(before: Option<&ReportCode>, by: u8, second: i64) -> ReportCode {
        let link = ReportLink {
            link: LinkId::from_bits([1; 16]),
            secret_hash: String::new(),
            patient: PatientId::from_bits([2; 16]),
            evaluation: EvaluationId::from_bits([3; 16]),
            channel: LinkChannel::Email,
            issued_by: None,
            second_factor: SecondFactor::OneTimeCode,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH + LINK_LIFETIME,
            revoked_at: None,
            renewal: None,
            tries: 0,
        };
        ReportCode::asked(&link, before, notice(by), at(second))
    }

    #[test]
    fn a_code_is_six_digits_and_prints_nothing() {
        for byte in [0, 1, 77, 255] {
            let code = OneTimeCode::new(&Fixed(byte));
            assert_eq!(OneTimeCode::decode(code.expose()), Some(code.clone()));
            assert!(!format!("{code:?}").contains(code.expose()));
        }
        assert_eq!(OneTimeCode::new(&Fixed(0)).expose(), "000000");
        for wrong in ["", "12345", "1234567", "12345a", "１２３４５６", " 12345", "-12345"] {
            assert_eq!(OneTimeCode::decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_never_goes_the_way_of_its_link() {
        let all = |_| true;
        assert_eq!(code_channel(LinkChannel::Email, all), Some(Channel::Sms));
        assert_eq!(code_channel(LinkChannel::Sms, all), Some(Channel::Email));
        assert_eq!(code_channel(LinkChannel::Hand, all), Some(Channel::Sms));
        let mail = |channel| channel == Channel::Email;
        assert_eq!(code_channel(LinkChannel::Email, mail), None);
        assert_eq!(code_channel(LinkChannel::Hand, mail), Some(Channel::Email));
        assert_eq!(code_channel(LinkChannel::Hand, |_| false), None);
    }

    #[test]
    fn a_code_opens_for_ten_minutes_and_once() {
        let sent = asked(None, 1, 0).with_code("mac".into(), at(5));
        assert_eq!(sent.opening(at(5 + 599)), Some("mac"));
        assert_eq!(sent.opening(at(5 + 600)), None);
        assert_eq!(sent.used().opening(at(5)), None);
        assert_eq!(asked(None, 1, 0).opening(at(0)), None);
    }

    #[test]
    fn the_code_that_is_sent_last_is_the_one_that_opens() {
        let first = asked(None, 1, 0).with_code("first".into(), at(1));
        let again = asked(Some(&first), 2, 120);
        assert_eq!(again.opening(at(120)), Some("first"), "until the next is sent");
        assert!(again.is_awaited(notice(2), at(121)) && !again.is_awaited(notice(1), at(121)));
        assert_eq!(again.with_code("second".into(), at(121)).opening(at(121)), Some("second"));
        assert!(!again.is_awaited(notice(2), at(120 + 600)), "nobody waits any more");
    }

    #[test]
    fn no_code_is_due_that_is_awaited_or_opens() {
        let last = 599;
        let first = asked(None, 1, 0);
        assert!(first.is_awaited(notice(1), at(last)) && !first.is_awaited(notice(1), at(last + 1)));
        let sent = first.with_code("mac".into(), at(last));
        let due = Record::expires_at(&sent).unwrap();
        assert_eq!(due, Record::expires_at(&first).unwrap());
        assert_eq!(sent.opening(due), None);
        assert_eq!(sent.opening(due - SignedDuration::from_secs(2)), Some("mac"));
        // Asked for again, it is due later, and with it the code that still opens.
        assert!(Record::expires_at(&asked(Some(&sent), 2, 700)).unwrap() > due);
    }

    #[test]
    fn who_asks_within_a_minute_clicked_twice() {
        let asked = asked(None, 1, 0);
        assert!(asked.was_just_asked(at(59)) && !asked.was_just_asked(at(60)));
    }
}
