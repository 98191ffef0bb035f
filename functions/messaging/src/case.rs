//! What is known of a notice before it is claimed, and where it may go.

use crate::send_notice::Key;
use jiff::Timestamp;
use visage_domain::channel::{Address, ConfirmedChannel};
use visage_domain::clinic::Clinic;
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::evaluation::{Evaluation, Withdrawal};
use visage_domain::ids::RetakeId;
use visage_domain::intake::Intake;
use visage_domain::keys::PatientKey;
use visage_domain::language::Language;
use visage_domain::outbox::{
    CLINIC_CLOSED, Channel, Hold, NO_OTHER_CHANNEL, NOT_CONFIRMED, NoticeEvent, OutboxItem, OutboxMessage,
    OutboxState, REPLACED, SMS_CAP, SmsCount, Task,
};
use visage_domain::patient::{Identity, Patient};
use visage_domain::photo::Photo;
use visage_domain::report::{IssuedLink, LinkChannel, LinkState, Report, ReportLink};
use visage_domain::report_code::{ReportCode, SecondFactor, code_channel};
use visage_domain::retake::{Retake, RetakeState};
use visage_platform::WorkError;
use visage_store::StoreError;
use visage_store::records::{Found, Records, Stored, keys};
use visage_store::vault::{DataKey, Subject, Vault};

/// A notice that waits to be sent.
pub(crate) struct Case {
    pub(crate) item: Stored<OutboxItem>,
    pub(crate) channel: Channel,
    pub(crate) event: NoticeEvent,
    /// What held it back when it was looked at last.
    pub(crate) hold: Option<Hold>,
    /// Whether, of what was held back, nothing is left to do: a later one brings a link the same way, and only the newest
    /// report is behind every link; or staff did something about it.
    is_settled: bool,
    pub(crate) language: Language,
    pub(crate) clinic: Clinic,
    pub(crate) key: DataKey,
    pub(crate) count: Option<Stored<SmsCount>>,
    /// The link that the notice regards: whose code it brings, or in whose place it brings one.
    pub(crate) link: Option<Stored<ReportLink>>,
    /// What is known of that link's code.
    pub(crate) code: Option<Stored<ReportCode>>,
    identity: Identity,
    /// What the patient decided.
    pub(crate) consents: Vec<Consent>,
    /// Where the patient confirmed that messages on this channel arrive.
    confirmed: Option<Address>,
    /// Whether the patient confirmed the other channel.
    other_is_confirmed: bool,
    /// Whether another notice brings the link that takes the place of the regarded one.
    is_superseded: bool,
    has_report: bool,
    withdrawn: bool,
    /// The ask for another photo that it tells of, while it is open.
    pub(crate) retake: Option<Retake>,
}

impl Case {
    /// Reads it; none if it isn't pending any more.
    pub(crate) async fn read(
        records: &Records,
        vault: &Vault,
        scope: &Key,
        message: &OutboxMessage,
        now: Timestamp,
    ) -> Result<Option<Self>, WorkError> {
        let patients = [message.patient];
        let (visit, clinic, patient) = tokio::join!(
            records.visit(scope, message.patient, message.evaluation.into()),
            records.get(scope, keys::clinic()),
            records.patients_with_keys(scope, &patients)
        );
        let mut visit = visit?;
        let items = visit.take_all::<OutboxItem>()?;
        let item = items.iter().find(|item| item.record.outbox == message.outbox);
        let item = item.cloned().ok_or(WorkError::Poison("no such work"))?;
        let Task::Notice { channel, event } = item.record.task else {
            return Err(WorkError::Poison("not a notice"));
        };
        let hold = item.record.hold(now);
        if item.record.outbox_state != OutboxState::Pending && hold.is_none() {
            return Ok(None);
        }
        // What was held back is looked at as if it never had been.
        let waiting = OutboxItem { outbox_state: OutboxState::Pending, ..item.record.clone() };
        let clinic = clinic?.ok_or(WorkError::Poison("no clinic"))?.record;
        let mut found = patient?;
        let wrapped = found.take::<PatientKey>()?.ok_or(WorkError::Poison("no key"))?.record;
        let patient = found.take::<Patient>()?.ok_or(WorkError::Poison("no patient"))?;
        let intake = visit.take::<Intake>()?.ok_or(WorkError::Poison("no intake"))?.record;
        let (key, regarded) = tokio::join!(
            vault.unwrap_key(scope, &wrapped.key, Subject::Patient(message.patient)),
            regarded(records, scope, &item.record)
        );
        let (key, (link, code)) = (key?, regarded?);
        let consents: Vec<_> = visit.take_all::<Consent>()?.into_iter().map(|stored| stored.record).collect();
        let confirmed = visit.take_all::<ConfirmedChannel>()?;
        let by = |channel| confirmed.iter().find(|it| it.record.channel == channel);
        let retake =
            item.record.retake.map(|retake| open_retake(&mut visit, retake, now)).transpose()?.flatten();
        Ok(Some(Self {
            channel,
            event,
            hold,
            is_settled: hold.is_some()
                && (has_later(&item.record, channel, &items, now)
                    || is_settled_by_staff(&item.record, link.as_ref(), &mut visit)?),
            is_superseded: link.as_ref().is_some_and(|link| is_superseded(&waiting, &link.record, &items)),
            language: Language::of_tag(&intake.language),
            item,
            clinic,
            link,
            code,
            identity: patient.open(&key)?,
            count: visit.take()?,
            consents,
            confirmed: by(channel).map(|it| it.open(&key)).transpose()?,
            other_is_confirmed: by(channel.other()).is_some(),
            has_report: visit.take::<Report>()?.is_some(),
            withdrawn: visit.take::<Withdrawal>()?.is_some(),
            retake,
            key,
        }))
    }

    /// Where it goes at instant `now`, or why it goes nowhere.
    pub(crate) fn address(&self, now: Timestamp) -> Result<String, &'static str> {
        let (address, missing) = match self.channel {
            Channel::Sms => (&self.identity.phone, "no_phone"),
            Channel::Email => (&self.identity.email, "no_email"),
        };
        let address = address.as_ref().map(|address| address.expose().clone()).ok_or(missing)?;
        let is_confirmed = self.confirmed.as_ref().is_some_and(|it| *it.address.expose() == address);
        let is_text = self.channel == Channel::Sms;
        let is_at_cap = self.count.as_ref().is_some_and(|count| count.record.sent >= SMS_CAP);
        let (is_private, opens) = (self.event.needs_confirmation(), self.event.opens_report());
        let hindrances = [
            (!self.is_admitted(now), CLINIC_CLOSED),
            ((is_private || self.hold.is_some()) && self.withdrawn, "withdrawn"),
            (opens && !self.has_report, "no_report"),
            (self.is_superseded || self.is_settled, REPLACED),
            (self.event == NoticeEvent::RetakeAsked && self.retake.is_none(), "retake_closed"),
            (is_text && !self.consented_to(ConsentPurpose::Sms), "no_consent"),
            (is_private && !is_confirmed, NOT_CONFIRMED),
            (self.event.carries_report_link() && !self.can_be_opened(), NO_OTHER_CHANNEL),
            (self.event == NoticeEvent::ReportCode && !self.is_awaited(now), "outdated"),
            (self.counts_as_text() && is_at_cap, "sms_cap"),
        ];
        hindrances.into_iter().find(|(hinders, _)| *hinders).map_or(Ok(address), |(_, reason)| Err(reason))
    }

    /// Whether the clinic may have it sent.
    fn is_admitted(&self, now: Timestamp) -> bool {
        self.clinic.admits_work(now) && (self.hold.is_none() || self.event.may_go_late(&self.clinic, now))
    }

    /// Whether the patient consented to that, by what was decided last.
    fn consented_to(&self, purpose: ConsentPurpose) -> bool {
        holds(&self.consents, purpose)
    }

    /// Whether it is one of the text messages that an evaluation may cause. A code isn't: the patient asked for it, and a
    /// day has its own number of them.
    pub(crate) fn counts_as_text(&self) -> bool {
        self.channel == Channel::Sms && self.event != NoticeEvent::ReportCode
    }

    /// The channel that the patient would have to confirm for what is held back for `reason`, if they didn't.
    pub(crate) fn unconfirmed(&self, reason: &str) -> Option<Channel> {
        match reason {
            NOT_CONFIRMED if self.confirmed.is_none() => Some(self.channel),
            NO_OTHER_CHANNEL if !self.other_is_confirmed => Some(self.channel.other()),
            _ => None,
        }
    }

    fn asks_for_code(&self) -> bool {
        self.clinic.settings.report_second_factor == SecondFactor::OneTimeCode
    }

    /// Whether a code for a link that goes this way has a way of its own.
    fn has_way_for_code(&self) -> bool {
        let may_go =
            |by| self.other_is_confirmed && (by == Channel::Email || self.consented_to(ConsentPurpose::Sms));
        code_channel(self.channel.into(), may_go).is_some()
    }

    /// Whether a link that goes this way can be opened.
    fn can_be_opened(&self) -> bool {
        !self.asks_for_code() || self.has_way_for_code()
    }

    /// Whether the code of this notice is still the one that is waited for, and may go this way.
    fn is_awaited(&self, now: Timestamp) -> bool {
        let (Some(link), Some(code)) = (&self.link, &self.code) else { return false };
        link.record.second_factor == SecondFactor::OneTimeCode
            && link.record.state(now) == LinkState::Usable
            && link.record.channel != LinkChannel::from(self.channel)
            && code.record.is_awaited(self.item.record.outbox, now)
    }
}

/// Whether another notice than `item` takes the place of `link`: one that was taken already, or of two that wait the one
/// that the link names.
fn is_superseded(item: &OutboxItem, link: &ReportLink, all: &[Stored<OutboxItem>]) -> bool {
    let others = all.iter().map(|it| &it.record).filter(|it| it.outbox != item.outbox);
    let comes_first =
        |it: &OutboxItem| it.outbox_state != OutboxState::Pending || link.renewal == Some(it.outbox);
    item.succeeds(link.link) && others.into_iter().any(|it| it.succeeds(link.link) && comes_first(it))
}

/// Whether another one by `channel` than `item` tells of a later report, or did, or waits for whoever may end that.
fn has_later(item: &OutboxItem, channel: Channel, all: &[Stored<OutboxItem>], now: Timestamp) -> bool {
    let tells_of_report = |it: &OutboxItem| matches!(it.task, Task::Notice { channel: by, event } if by == channel && event.carries_report_link());
    let brings = |it: &OutboxItem| it.is_under_way() || it.hold(now).is_some() || it.waits_for(channel);
    let is_later = |it: &OutboxItem| it.created_at > item.created_at && brings(it);
    tells_of_report(item) && all.iter().any(|it| tells_of_report(&it.record) && is_later(&it.record))
}

/// Whether staff handed the report over since `item` was left, or took back the link in whose place it brings one.
fn is_settled_by_staff(
    item: &OutboxItem,
    link: Option<&Stored<ReportLink>>,
    visit: &mut Found,
) -> Result<bool, StoreError> {
    let Task::Notice { event, .. } = item.task else { return Ok(false) };
    let links = visit.take_all::<IssuedLink>()?;
    let is_later = |it: &Stored<IssuedLink>| {
        it.record.channel == LinkChannel::Hand && it.record.issued_at > item.created_at
    };
    let was_revoked = link.and_then(|link| link.record.revoked_at).is_some_and(|at| at > item.created_at);
    Ok(event.carries_report_link() && (was_revoked || links.iter().any(is_later)))
}

/// An ask for another photo, if it is still open.
fn open_retake(visit: &mut Found, retake: RetakeId, now: Timestamp) -> Result<Option<Retake>, WorkError> {
    let evaluation = visit.take::<Evaluation>()?.ok_or(WorkError::Poison("no evaluation"))?.record;
    let records = visit.take_all::<Retake>()?;
    let all: Vec<Retake> = records.into_iter().map(|stored| stored.record).collect();
    let photos: Vec<Photo> = visit.take_all()?.into_iter().map(|stored| stored.record).collect();
    let found = all.iter().find(|it| it.retake == retake);
    let is_open = |it: &&Retake| it.state(&evaluation, &all, &photos, now) == RetakeState::Open;
    Ok(found.filter(is_open).cloned())
}

/// The link that a notice regards, and its code.
async fn regarded(
    records: &Records,
    scope: &Key,
    item: &OutboxItem,
) -> Result<(Option<Stored<ReportLink>>, Option<Stored<ReportCode>>), StoreError> {
    let Some(link) = item.regards else { return Ok((None, None)) };
    let (link, code) = tokio::join!(
        records.get(scope, keys::report_link(link)),
        records.get(scope, keys::report_code(link))
    );
    Ok((link?, code?))
}
