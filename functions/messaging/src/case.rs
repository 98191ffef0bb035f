//! What is known of a notice before it is claimed, and where it may go.

use crate::confirm_channel::NOT_CONFIRMED;
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
    Channel, NoticeEvent, OutboxItem, OutboxMessage, OutboxState, SMS_CAP, SmsCount, Task,
};
use visage_domain::patient::{Identity, Patient};
use visage_domain::photo::Photo;
use visage_domain::report::Report;
use visage_domain::retake::{Retake, RetakeState};
use visage_platform::WorkError;
use visage_store::records::{Found, Records, Stored, keys};
use visage_store::vault::{DataKey, Subject, Vault};

/// A notice that waits to be sent.
pub(crate) struct Case {
    pub(crate) item: Stored<OutboxItem>,
    pub(crate) channel: Channel,
    pub(crate) event: NoticeEvent,
    pub(crate) language: Language,
    pub(crate) clinic: Clinic,
    pub(crate) key: DataKey,
    pub(crate) count: Option<Stored<SmsCount>>,
    identity: Identity,
    consented_to_sms: bool,
    /// Where the patient confirmed that messages on this channel arrive.
    pub(crate) confirmed: Option<Address>,
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
        let item = items.into_iter().find(|item| item.record.outbox == message.outbox);
        let item = item.ok_or(WorkError::Poison("no such work"))?;
        let Task::Notice { channel, event } = item.record.task else {
            return Err(WorkError::Poison("not a notice"));
        };
        if item.record.outbox_state != OutboxState::Pending {
            return Ok(None);
        }
        let clinic = clinic?.ok_or(WorkError::Poison("no clinic"))?.record;
        let mut found = patient?;
        let wrapped = found.take::<PatientKey>()?.ok_or(WorkError::Poison("no key"))?.record;
        let patient = found.take::<Patient>()?.ok_or(WorkError::Poison("no patient"))?;
        let intake = visit.take::<Intake>()?.ok_or(WorkError::Poison("no intake"))?.record;
        let (key, language) = tokio::join!(
            vault.unwrap_key(scope, &wrapped.key, Subject::Patient(message.patient)),
            language_of(records, scope, &intake)
        );
        let key = key?;
        let consents: Vec<_> = visit.take_all::<Consent>()?.into_iter().map(|stored| stored.record).collect();
        let confirmed = visit.take_all::<ConfirmedChannel>()?;
        let confirmed = confirmed.iter().find(|it| it.record.channel == channel);
        let retake =
            item.record.retake.map(|retake| open_retake(&mut visit, retake, now)).transpose()?.flatten();
        Ok(Some(Self {
            item,
            channel,
            event,
            language: language?,
            clinic,
            identity: patient.open(&key)?,
            count: visit.take()?,
            consented_to_sms: holds(&consents, ConsentPurpose::Sms),
            confirmed: confirmed.map(|it| it.open(&key)).transpose()?,
            has_report: visit.take::<Report>()?.is_some(),
            withdrawn: visit.take::<Withdrawal>()?.is_some(),
            retake,
            key,
        }))
    }

    /// Where it goes, or why it goes nowhere.
    pub(crate) fn address(&self) -> Result<String, &'static str> {
        let (address, missing) = match self.channel {
            Channel::Sms => (&self.identity.phone, "no_phone"),
            Channel::Email => (&self.identity.email, "no_email"),
        };
        let address = address.as_ref().map(|address| address.expose().clone()).ok_or(missing)?;
        let is_confirmed = self.confirmed.as_ref().is_some_and(|it| *it.address.expose() == address);
        let tells_of_report = self.event.tells_of_report();
        let needs_confirmation = self.event.needs_confirmation();
        match self.channel {
            _ if needs_confirmation && self.withdrawn => Err("withdrawn"),
            _ if tells_of_report && !self.has_report => Err("no_report"),
            _ if self.event == NoticeEvent::RetakeAsked && self.retake.is_none() => Err("retake_closed"),
            Channel::Sms if !self.consented_to_sms => Err("no_consent"),
            _ if needs_confirmation && !is_confirmed => Err(NOT_CONFIRMED),
            Channel::Sms if self.count.as_ref().is_some_and(|count| count.record.sent >= SMS_CAP) => {
                Err("sms_cap")
            }
            Channel::Sms | Channel::Email => Ok(address),
        }
    }
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

/// The language in which the patient filled the form in.
async fn language_of(records: &Records, scope: &Key, intake: &Intake) -> Result<Language, WorkError> {
    let form = records.get(scope, keys::form_version(intake.form_version)).await?;
    Ok(form.map_or(Language::English, |form| intake.language(&form.record.form)))
}
