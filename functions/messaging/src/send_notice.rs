//! Sends a notice: claims it, sends it once, and records how that went.
//!
//! A crash after the claim leaves it claimed. Whether the message left is then unknown; it is never sent again by the
//! machine, and the evaluation shows it as `unknown`.

use crate::texts;
use visage_domain::audit::Purpose;
use visage_domain::capability::Capability;
use visage_domain::clinic::Clinic;
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::keys::PatientKey;
use visage_domain::outbox::{
    Channel, NoticeEvent, OutboxItem, OutboxMessage, OutboxState, SMS_CAP, SmsCount, Task,
};
use visage_domain::patient::{Identity, Patient};
use visage_domain::permission;
use visage_domain::report::{LINK_LIFETIME, Report, ReportLink};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::vendor::{Vendor, VendorName};
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::StoreError;
use visage_store::directory::Directory;
use visage_store::mail::MailSender;
use visage_store::records::{Records, Stored, keys};
use visage_store::sms::SmsSender;
use visage_store::vault::{Subject, Vault, link_id_of, secret_hash};

type Key = Scope<permission::SendNotice>;

/// The worker.
pub struct SendNotice {
    records: Records,
    directory: Directory,
    vault: Vault,
    sms: SmsSender,
    mail: MailSender,
    web_url: String,
    setup: Setup,
}

/// What is known before a notice is claimed.
struct Case {
    item: Stored<OutboxItem>,
    channel: Channel,
    event: NoticeEvent,
    clinic: Clinic,
    identity: Identity,
    count: Option<Stored<SmsCount>>,
    consented_to_sms: bool,
    report: Option<Report>,
}

/// A claimed notice, ready to go.
struct Letter {
    address: String,
    link: Option<String>,
}

impl Worker for SendNotice {
    const INFO: WorkerInfo = WorkerInfo { name: "send_notice", purpose: Purpose::PatientRequest };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        let config = &setup.config;
        Ok(Self {
            records: setup.records()?,
            directory: setup.directory()?,
            vault: setup.vault()?,
            sms: SmsSender::new(&setup.aws),
            mail: MailSender::new(&setup.aws, config.mail_from()?, config.mail_configuration_set()?),
            web_url: config.web_url()?,
            setup: setup.clone(),
        })
    }

    async fn work(&self, job: Job) -> Result<(), WorkError> {
        let message: OutboxMessage =
            serde_json::from_str(&job.body).map_err(|_| WorkError::Poison("not an outbox message"))?;
        let scope: Key = job.scope_in(message.clinic)?;
        let Some(case) = self.case(&scope, &message).await? else { return Ok(()) };
        match self.address(&case).await? {
            Err(reason) => {
                let state = OutboxState::Suppressed { reason: reason.to_owned() };
                self.settle(&job, &scope, &case.item, case.item.record.clone(), state).await
            }
            Ok(address) => {
                let (claimed, letter) = self.claim(&job, &scope, &case, address).await?;
                match self.send(&case, &letter).await {
                    // Nothing was sent: it waits again, and the queue brings it later.
                    Err(error @ StoreError::Throttled { .. }) => {
                        let record = OutboxItem { link: None, ..claimed.record.clone() };
                        self.settle(&job, &scope, &claimed, record, OutboxState::Pending).await?;
                        Err(error.into())
                    }
                    sent => match outcome(sent, &job) {
                        Some(state) => {
                            self.settle(&job, &scope, &claimed, claimed.record.clone(), state).await
                        }
                        None => Ok(()),
                    },
                }
            }
        }
    }
}

/// What a sending came to; none if nobody knows.
fn outcome(sent: Result<Option<String>, StoreError>, job: &Job) -> Option<OutboxState> {
    match sent {
        Ok(reference) => Some(OutboxState::Done { at: job.now, reference }),
        Err(StoreError::Refused { code, .. }) => Some(OutboxState::Failed { code }),
        Err(error) => {
            tracing::error!(%error, "a notice's fate is unknown");
            None
        }
    }
}

impl SendNotice {
    async fn case(&self, scope: &Key, message: &OutboxMessage) -> Result<Option<Case>, WorkError> {
        let patients = [message.patient];
        let (visit, clinic, patient) = tokio::join!(
            self.records.visit(scope, message.patient, message.evaluation.into()),
            self.records.get(scope, keys::clinic()),
            self.records.patients_with_keys(scope, &patients)
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
        let key = self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(message.patient)).await?;
        let consents: Vec<_> = visit.take_all::<Consent>()?.into_iter().map(|stored| stored.record).collect();
        let reports = visit.take_all::<Report>()?.into_iter().map(|stored| stored.record);
        Ok(Some(Case {
            item,
            channel,
            event,
            clinic,
            identity: patient.open(&key)?,
            count: visit.take()?,
            consented_to_sms: holds(&consents, ConsentPurpose::Sms),
            report: reports.max_by_key(|report| report.rendered_at),
        }))
    }

    /// Where it goes, or why it goes nowhere.
    async fn address(&self, case: &Case) -> Result<Result<String, &'static str>, WorkError> {
        let vendor = match case.channel {
            Channel::Sms => VendorName::Sns,
            Channel::Email => VendorName::Ses,
        };
        let vendor = self.directory.vendor(vendor).await?;
        if !vendor.as_ref().is_some_and(Vendor::may_see_phi) {
            return Ok(Err("vendor_not_approved"));
        }
        if case.event == NoticeEvent::ReportReady && case.report.is_none() {
            return Ok(Err("no_report"));
        }
        Ok(match case.channel {
            Channel::Sms if !case.consented_to_sms => Err("no_consent"),
            Channel::Sms if case.count.as_ref().is_some_and(|count| count.record.sent >= SMS_CAP) => {
                Err("sms_cap")
            }
            Channel::Sms => {
                case.identity.phone.as_ref().map(|phone| phone.expose().clone()).ok_or("no_phone")
            }
            Channel::Email => {
                case.identity.email.as_ref().map(|email| email.expose().clone()).ok_or("no_email")
            }
        })
    }

    /// Takes the notice: from here on it is sent once or never. The count and the link come with the claim.
    async fn claim(
        &self,
        job: &Job,
        scope: &Key,
        case: &Case,
        address: String,
    ) -> Result<(Stored<OutboxItem>, Letter), WorkError> {
        let item = &case.item.record;
        let minted = self.mint(job, scope, case);
        let link_id = minted.as_ref().map(|(record, _)| record.link);
        let claimed =
            OutboxItem { outbox_state: OutboxState::Claimed { at: job.now }, link: link_id, ..item.clone() };
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy).replace(
            OutboxItem::TYPE,
            &case.item,
            &claimed,
        )?;
        if case.channel == Channel::Sms {
            let one =
                SmsCount { patient: item.patient, evaluation: item.evaluation, sent: 1, since: job.now };
            transaction = match &case.count {
                None => transaction.create(SmsCount::TYPE, &one)?,
                Some(count) => {
                    let more = SmsCount { sent: count.record.sent + 1, ..count.record.clone() };
                    transaction.replace(SmsCount::TYPE, count, &more)?
                }
            };
        }
        if let Some((record, _)) = &minted {
            transaction = transaction.create(ReportLink::TYPE, record)?;
        }
        let trail = job.trail(scope.clinic(), item.patient, resource(&claimed));
        let _: Audited<()> = trail.commit(transaction).await?;
        let link = minted.map(|(_, url)| url);
        Ok((case.item.followed_by(claimed), Letter { address, link }))
    }

    /// A link to the report. Its secret is in the message and nowhere else.
    fn mint(&self, job: &Job, scope: &Key, case: &Case) -> Option<(ReportLink, String)> {
        let report = case.report.as_ref().filter(|_| case.event == NoticeEvent::ReportReady)?;
        let capability = Capability::new(scope.clinic(), &*self.setup.entropy);
        let link = ReportLink {
            link: link_id_of(&capability.secret),
            secret_hash: secret_hash(&capability.secret),
            patient: report.patient,
            evaluation: report.evaluation,
            report: report.report,
            created_at: job.now,
            expires_at: job.now.checked_add(LINK_LIFETIME).ok()?,
            revoked_at: None,
            tries: 0,
        };
        Some((link, format!("{}/report#{}", self.web_url, capability.encode())))
    }

    async fn send(&self, case: &Case, letter: &Letter) -> Result<Option<String>, StoreError> {
        let (clinic, link) = (&case.clinic, letter.link.as_deref());
        match case.channel {
            Channel::Sms => self.sms.send(&letter.address, &texts::sms(case.event, &clinic.name, link)).await,
            Channel::Email => {
                let text = texts::email(case.event, &clinic.name, &clinic.contact.email, link);
                self.mail.send(&letter.address, &text.subject, &text.body).await
            }
        }
    }

    async fn settle(
        &self,
        job: &Job,
        scope: &Key,
        stored: &Stored<OutboxItem>,
        record: OutboxItem,
        outbox_state: OutboxState,
    ) -> Result<(), WorkError> {
        let settled = OutboxItem { outbox_state, ..record };
        let transaction = self.records.transaction(scope, &*self.setup.entropy).replace(
            OutboxItem::TYPE,
            stored,
            &settled,
        )?;
        let trail = job.trail(scope.clinic(), settled.patient, resource(&settled));
        let _: Audited<()> = trail.commit(transaction).await?;
        Ok(())
    }
}

fn resource(item: &OutboxItem) -> String {
    let state = item.outbox_state.code();
    format!("evaluation={};state={state};outbox={}", item.evaluation, item.outbox)
}
