//! Notices that are held back: why, and until when.

use super::{Channel, NoticeEvent, OutboxItem, OutboxState, Task};
use crate::clinic::{Asked, Clinic, ClinicStatus};
use crate::report::LINK_LIFETIME;
use crate::report_code::SecondFactor;
use jiff::{SignedDuration, Timestamp};

/// Why a notice is held back: the patient didn't confirm the channel it would go by.
pub const NOT_CONFIRMED: &str = "channel_not_confirmed";
/// Why a notice is held back: the clinic asks for one-time codes, and there is no other channel that one could go to.
pub const NO_OTHER_CHANNEL: &str = "no_other_channel";
/// Why a notice is held back: the clinic is closed, or lacks an agreement.
pub const CLINIC_CLOSED: &str = "clinic_closed";
/// Why a notice is held back: the vendor that would bring it isn't cleared for patients' data.
pub const VENDOR_NOT_APPROVED: &str = "vendor_not_approved";
/// Why a notice isn't sent: a later one takes its place.
pub const REPLACED: &str = "replaced";

/// How long what is held back may still go out by itself: as long as the link that it would have brought had lived. What
/// comes later than that would surprise; staff decide.
pub const HELD_FOR: SignedDuration = LINK_LIFETIME;

/// What holds a notice back until others than the patient mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// [`CLINIC_CLOSED`].
    ClinicClosed,
    /// [`VENDOR_NOT_APPROVED`].
    Vendor,
    /// [`NO_OTHER_CHANNEL`], which is over too once the clinic asks for dates of birth again.
    NoOtherChannel,
}

impl Hold {
    const ALL: [Self; 3] = [Self::ClinicClosed, Self::Vendor, Self::NoOtherChannel];

    /// Its reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClinicClosed => CLINIC_CLOSED,
            Self::Vendor => VENDOR_NOT_APPROVED,
            Self::NoOtherChannel => NO_OTHER_CHANNEL,
        }
    }
}

impl OutboxItem {
    /// What holds this notice back at `now`, if it is others than the patient who end that, and it is still wanted then: a
    /// link is, and so is the first message, by which the patient confirms where links may go; a code is of no use any more.
    pub fn hold(&self, now: Timestamp) -> Option<Hold> {
        let (Task::Notice { event, .. }, OutboxState::Suppressed { reason }) =
            (&self.task, &self.outbox_state)
        else {
            return None;
        };
        let is_wanted = event.is_wanted_later() || *event == NoticeEvent::IntakeReceived;
        let is_recent = now.duration_since(self.created_at) < HELD_FOR;
        Hold::ALL.into_iter().find(|hold| is_wanted && is_recent && hold.code() == reason)
    }

    /// Whether what held this notice back is over at `now`, with its vendor cleared or not. Another thing may hinder it all
    /// the same.
    pub fn is_released(&self, clinic: &Clinic, vendor_is_cleared: bool, now: Timestamp) -> bool {
        let (Task::Notice { event, .. }, Some(hold)) = (&self.task, self.hold(now)) else { return false };
        let needs_no_code = clinic.settings.report_second_factor == SecondFactor::BirthDate;
        let has_way = hold != Hold::NoOtherChannel || needs_no_code;
        event.may_go_late(clinic, now) && vendor_is_cleared && has_way
    }

    /// Whether it is a notice that is held back until the patient confirms `channel`: the one it would go by, or the one
    /// that the code of its report link would need. A code that was held back is asked for again.
    pub fn waits_for(&self, channel: Channel) -> bool {
        let (Task::Notice { channel: by, event }, OutboxState::Suppressed { reason }) =
            (&self.task, &self.outbox_state)
        else {
            return false;
        };
        let for_itself = *by == channel && reason == NOT_CONFIRMED;
        let for_a_code = *by == channel.other() && reason == NO_OTHER_CHANNEL;
        event.is_wanted_later() && (for_itself || for_a_code)
    }
}

impl NoticeEvent {
    /// Whether its notice is still wanted once what held it back is over.
    const fn is_wanted_later(self) -> bool {
        self.carries_report_link() || matches!(self, Self::RetakeAsked)
    }

    /// Whether its notice may still go out for `clinic` after it was held back. Nothing does once the contract has ended, and
    /// nobody is asked for a photo that couldn't be taken in.
    pub fn may_go_late(self, clinic: &Clinic, now: Timestamp) -> bool {
        let is_customer = matches!(clinic.status, ClinicStatus::Active | ClinicStatus::PastDue);
        let asked = Asked { phi: true, changes: self == Self::RetakeAsked, ..Asked::default() };
        is_customer && clinic.admits(asked, now).is_ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::agreement::Accepted;
    use crate::clinic::tests::agreed;
    use crate::ids::{EvaluationId, OutboxId, PatientId};

    pub(crate) fn held_back(channel: Channel, event: NoticeEvent, reason: &str) -> OutboxItem {
        let task = Task::Notice { channel, event };
        let (outbox, patient) = (OutboxId::from_bits([1; 16]), PatientId::from_bits([2; 16]));
        let evaluation = EvaluationId::from_bits([3; 16]);
        let pending = OutboxItem::pending(outbox, patient, evaluation, task, Timestamp::UNIX_EPOCH);
        OutboxItem { outbox_state: OutboxState::Suppressed { reason: reason.into() }, ..pending }
    }

    #[test]
    fn what_waits_for_a_channel_is_the_link_by_it_and_the_link_whose_code_would_go_there() {
        let (sms, email) = (Channel::Sms, Channel::Email);
        let waits = |by, event, reason, for_channel| held_back(by, event, reason).waits_for(for_channel);
        assert!(waits(email, NoticeEvent::ReportReady, NOT_CONFIRMED, email));
        assert!(!waits(email, NoticeEvent::ReportReady, NOT_CONFIRMED, sms));
        assert!(waits(email, NoticeEvent::ReportUpdated, NO_OTHER_CHANNEL, sms));
        assert!(!waits(email, NoticeEvent::ReportUpdated, NO_OTHER_CHANNEL, email));
        // Another photo is waited for, and no code opens its link.
        assert!(waits(email, NoticeEvent::RetakeAsked, NOT_CONFIRMED, email));
        assert!(!waits(email, NoticeEvent::RetakeAsked, NOT_CONFIRMED, sms));
        assert!(!waits(email, NoticeEvent::RetakeAsked, "retake_closed", email));
        // A code that came late is of no use, and another reason another matter.
        assert!(!waits(email, NoticeEvent::ReportCode, NOT_CONFIRMED, email));
        assert!(!waits(email, NoticeEvent::ReportReady, "withdrawn", email));
    }

    #[test]
    fn what_others_mend_holds_a_link_for_as_long_as_it_would_have_lived() {
        let start = Timestamp::UNIX_EPOCH;
        let last = start + HELD_FOR - SignedDuration::from_secs(1);
        let link = |reason| held_back(Channel::Sms, NoticeEvent::ReportReady, reason);
        for hold in Hold::ALL {
            assert_eq!(link(hold.code()).hold(start), Some(hold));
            assert_eq!(link(hold.code()).hold(last), Some(hold));
            assert_eq!(link(hold.code()).hold(start + HELD_FOR), None);
            for event in NoticeEvent::ALL {
                let is_held = held_back(Channel::Email, event, hold.code()).hold(start).is_some();
                assert_eq!(is_held, event != NoticeEvent::ReportCode);
            }
        }
        for other in [NOT_CONFIRMED, REPLACED, "withdrawn", "no_consent"] {
            assert_eq!(link(other).hold(start), None);
        }
        let waiting = OutboxItem { outbox_state: OutboxState::Pending, ..link(CLINIC_CLOSED) };
        assert_eq!(waiting.hold(start), None);
    }

    #[test]
    fn a_hold_is_over_once_clinic_vendor_and_way_are_as_they_should_be() {
        let clinic = |status| Clinic { status, ..agreed() };
        let codes = |mut clinic: Clinic| {
            clinic.settings.report_second_factor = SecondFactor::OneTimeCode;
            clinic
        };
        let item = |event, hold: Hold| held_back(Channel::Sms, event, hold.code());
        let now: Timestamp = "2026-11-02T15:00:00Z".parse().unwrap();
        let at_now = |item: OutboxItem| OutboxItem { created_at: now, ..item };
        for hold in Hold::ALL {
            let link = at_now(item(NoticeEvent::ReportReady, hold));
            let retake = at_now(item(NoticeEvent::RetakeAsked, hold));
            for status in ClinicStatus::ALL {
                let goes = matches!(status, ClinicStatus::Active | ClinicStatus::PastDue);
                assert_eq!(link.is_released(&clinic(status), true, now), goes, "{hold:?} {status:?}");
                let takes_photos = status == ClinicStatus::Active;
                assert_eq!(retake.is_released(&clinic(status), true, now), takes_photos);
            }
            let active = clinic(ClinicStatus::Active);
            assert!(!link.is_released(&active, false, now), "the vendor isn't cleared");
            let never_agreed = Clinic { agreements: Accepted::default(), ..active.clone() };
            assert!(!link.is_released(&never_agreed, true, now));
            assert!(!link.is_released(&active, true, now + HELD_FOR));
            let by_code = link.is_released(&codes(active), true, now);
            assert_eq!(by_code, hold != Hold::NoOtherChannel);
        }
    }
}
