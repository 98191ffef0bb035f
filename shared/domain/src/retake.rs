//! Asking for another photo of one view after the intake was handed in: because the file couldn't be used, because the
//! analysis says that another would help, or because staff say so.
//!
//! The ask stands with the visit; its link, found from its secret, lets the patient take that view again and nothing
//! else. Whether an ask is still open isn't written anywhere: it follows from what stands beside it.

use crate::channel::ConfirmedChannel;
use crate::clock::Entropy;
use crate::evaluation::Evaluation;
use crate::face::{RetakeReason, View};
use crate::ids::{EvaluationId, LinkId, OutboxId, PatientId, RetakeId, StaffId};
use crate::outbox::{Channel, NoticeEvent, OutboxItem, Task};
use crate::photo::{Photo, PhotoState, Rejection};
use crate::report::LinkChannel;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long an ask is open, and its link works.
pub const RETAKE_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// That the patient is asked for another photo of a view. What the analysis or staff found is sealed; that a file
/// couldn't be used isn't, as in the photo's own record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retake {
    /// The ask.
    pub retake: RetakeId,
    /// Who is asked.
    pub patient: PatientId,
    /// The evaluation that waits for the photo.
    pub evaluation: EvaluationId,
    /// The view.
    pub view: View,
    /// How the link gets to the patient.
    pub channel: LinkChannel,
    /// Who of the staff asked; nobody did where it followed from the photo.
    pub asked_by: Option<StaffId>,
    /// Why the file couldn't be used, if that is why.
    pub rejection: Option<Rejection>,
    /// When.
    pub asked_at: Timestamp,
}

/// How an ask stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetakeState {
    /// Waits for a photo.
    Open,
    /// A photo came that can be used.
    Done,
    /// Over: by time, by a later ask for the same view, or with the evaluation.
    Closed,
}

impl Retake {
    /// An ask that follows from a photo, and its notice: to the channel that the patient confirmed, e-mail before text
    /// message; to e-mail if none is, where it waits until it is.
    pub fn following(
        photo: &Photo,
        confirmed: &[ConfirmedChannel],
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> (Self, OutboxItem) {
        let on = |channel| confirmed.iter().any(|it| it.channel == channel);
        let channel = if on(Channel::Sms) && !on(Channel::Email) { Channel::Sms } else { Channel::Email };
        let retake = Self {
            retake: RetakeId::new(entropy),
            patient: photo.patient,
            evaluation: photo.intake.into(),
            view: photo.view,
            channel: channel.into(),
            asked_by: None,
            rejection: match photo.photo_state {
                PhotoState::Rejected { code } => Some(code),
                _ => None,
            },
            asked_at: now,
        };
        let notice = retake.notice(channel, OutboxId::new(entropy));
        (retake, notice)
    }

    /// The notice that brings its link.
    pub fn notice(&self, channel: Channel, outbox: OutboxId) -> OutboxItem {
        let task = Task::Notice { channel, event: NoticeEvent::RetakeAsked };
        let notice = OutboxItem::pending(outbox, self.patient, self.evaluation, task, self.asked_at);
        OutboxItem { retake: Some(self.retake), ..notice }
    }

    /// When its link stops working.
    pub fn expires_at(&self) -> Timestamp {
        self.asked_at.checked_add(RETAKE_LIFETIME).unwrap_or(self.asked_at)
    }

    /// How it stands beside the other asks, the photos and the evaluation of its visit.
    pub fn state<'a>(
        &self,
        evaluation: &Evaluation,
        others: impl IntoIterator<Item = &'a Self>,
        photos: impl IntoIterator<Item = &'a Photo>,
        now: Timestamp,
    ) -> RetakeState {
        let later = |other: &Self| {
            other.view == self.view && (other.asked_at, other.retake) > (self.asked_at, self.retake)
        };
        let came = |photo: &Photo| {
            photo.retake == Some(self.retake) && matches!(photo.photo_state, PhotoState::Stored { .. })
        };
        if !evaluation.is_open() || now >= self.expires_at() || others.into_iter().any(later) {
            RetakeState::Closed
        } else if photos.into_iter().any(came) {
            RetakeState::Done
        } else {
            RetakeState::Open
        }
    }
}

impl Record for Retake {
    const TYPE: &'static str = "retake";
    const CLASS: RecordClass = RecordClass::Communication;
    type Sealed = Vec<RetakeReason>;

    fn anchor(&self) -> Timestamp {
        self.asked_at
    }
}

/// The link by which a photo is taken again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetakeLink {
    /// Derived from the hash.
    pub link: LinkId,
    /// SHA-256 of the secret, hexadecimal.
    pub secret_hash: String,
    /// Who is asked.
    pub patient: PatientId,
    /// The evaluation that waits for the photo.
    pub evaluation: EvaluationId,
    /// The ask that it is for.
    pub retake: RetakeId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl RetakeLink {
    /// A link for `retake`, with the hash of its secret.
    pub fn of(retake: &Retake, link: LinkId, secret_hash: String, created_at: Timestamp) -> Self {
        let Retake { patient, evaluation, retake: id, .. } = *retake;
        Self {
            link,
            secret_hash,
            patient,
            evaluation,
            retake: id,
            created_at,
            expires_at: retake.expires_at(),
        }
    }
}

impl Record for RetakeLink {
    const TYPE: &'static str = "retake_link";
    // That somebody was asked, and for what, is the [`Retake`]; that a photo came by it stands with the photo.
    const CLASS: RecordClass = RecordClass::Operational;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.created_at
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::EvaluationStatus;
    use crate::face::PictureQuality;
    use crate::ids::{IntakeId, PhotoId, UploadId};
    use crate::photo::{AnalysisState, PhotoType, StoredPhoto};

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn ask(number: u8, view: View, asked_at: Timestamp) -> Retake {
        Retake {
            retake: RetakeId::from_bits([number; 16]),
            patient: PatientId::from_bits([1; 16]),
            evaluation: EvaluationId::from_bits([2; 16]),
            view,
            channel: LinkChannel::Hand,
            asked_by: None,
            rejection: None,
            asked_at,
        }
    }

    fn photo(retake: Option<RetakeId>, photo_state: PhotoState) -> Photo {
        Photo {
            photo: PhotoId::from_bits([3; 16]),
            patient: PatientId::from_bits([1; 16]),
            intake: IntakeId::from_bits([2; 16]),
            view: View::Frontal,
            upload: UploadId::from_bits([4; 16]),
            declared: PhotoType::Jpeg,
            retake,
            requested_at: START,
            photo_state,
            analysis: AnalysisState::Pending,
            sensitive: true,
            replaced: false,
        }
    }

    fn stored() -> PhotoState {
        let picture = PictureQuality { brightness: 50.0, sharpness: 50.0 };
        let (key, version, sha256) = Default::default();
        PhotoState::Stored { file: StoredPhoto { key, version, sha256, width: 9, height: 9, picture } }
    }

    fn evaluation() -> Evaluation {
        Evaluation::of_intake(IntakeId::from_bits([2; 16]), PatientId::from_bits([1; 16]), START)
    }

    #[test]
    fn an_ask_is_open_until_a_usable_photo_came_by_it() {
        let ask = ask(1, View::Frontal, START);
        let state = |photos: &[Photo]| ask.state(&evaluation(), [], photos, START);
        assert_eq!(state(&[]), RetakeState::Open);
        let rejected = PhotoState::Rejected { code: Rejection::Truncated };
        assert_eq!(state(&[photo(Some(ask.retake), rejected)]), RetakeState::Open);
        assert_eq!(state(&[photo(None, stored())]), RetakeState::Open);
        assert_eq!(state(&[photo(Some(ask.retake), stored())]), RetakeState::Done);
    }

    #[test]
    fn it_ends_after_a_week_with_a_later_ask_and_with_the_evaluation() {
        let first = ask(1, View::Frontal, START);
        let hour = SignedDuration::from_hours(1);
        let none: [&Photo; 0] = [];
        let at = |now| first.state(&evaluation(), [], none, now);
        assert_eq!(at(START + RETAKE_LIFETIME - hour), RetakeState::Open);
        assert_eq!(at(START + RETAKE_LIFETIME), RetakeState::Closed);
        let beside = |other: &Retake| first.state(&evaluation(), [&first, other], none, START + hour);
        assert_eq!(beside(&ask(2, View::Frontal, START + hour)), RetakeState::Closed);
        assert_eq!(beside(&ask(2, View::Basal, START + hour)), RetakeState::Open);
        for status in [EvaluationStatus::Signed, EvaluationStatus::Withdrawn] {
            let over = Evaluation { status, ..evaluation() };
            assert_eq!(first.state(&over, [], none, START), RetakeState::Closed);
        }
    }

    #[test]
    fn what_follows_from_a_photo_goes_where_the_patient_confirmed() {
        struct Zeros;
        impl Entropy for Zeros {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(0);
            }
        }
        let confirmed = |channel| ConfirmedChannel {
            patient: PatientId::from_bits([1; 16]),
            evaluation: EvaluationId::from_bits([2; 16]),
            channel,
            link: LinkId::from_bits([5; 16]),
            confirmed_at: START,
        };
        let rejected = photo(None, PhotoState::Rejected { code: Rejection::Truncated });
        let (sms, email) = (confirmed(Channel::Sms), confirmed(Channel::Email));
        for (channels, expected) in
            [(vec![], Channel::Email), (vec![sms.clone()], Channel::Sms), (vec![sms, email], Channel::Email)]
        {
            let (retake, notice) = Retake::following(&rejected, &channels, &Zeros, START);
            assert_eq!(retake.rejection, Some(Rejection::Truncated));
            assert_eq!(retake.channel, expected.into());
            assert_eq!(notice.task, Task::Notice { channel: expected, event: NoticeEvent::RetakeAsked });
            assert_eq!(notice.retake, Some(retake.retake));
        }
    }
}
