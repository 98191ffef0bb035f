//! Sends an alert to everybody at the clinic whom it concerns.
//!
//! It counts as sent once the vendor took the messages, but for those that it refuses for good. Until then it comes again, to
//! all: an alert that arrives twice does no harm, and one that nobody gets may.
//!
//! It says nothing of a patient, and doesn't wait until its vendor may see a patient's data: while that is owed, who breaks the
//! glass is told of all the same.

use crate::alert_texts;
use futures_util::future::join_all;
use visage_domain::alert::{Alert, AlertMessage};
use visage_domain::audit::{Outcome, Purpose};
use visage_domain::clinic::Clinic;
use visage_domain::outbox::VENDOR_NOT_APPROVED;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::vendor::{Called, OnRecord, Ses};
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::StoreError;
use visage_store::directory::Directory;
use visage_store::mail::MailSender;
use visage_store::records::{Records, keys};
use visage_store::vault::{Subject, Vault};

type Key = Scope<permission::SendAlert>;

/// The worker.
pub struct SendAlert {
    records: Records,
    directory: Directory,
    vault: Vault,
    mail: MailSender,
    web_url: String,
    setup: Setup,
}

impl Worker for SendAlert {
    const INFO: WorkerInfo = WorkerInfo { name: "send_alert", purpose: Purpose::Security };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        let config = &setup.config;
        Ok(Self {
            records: setup.records()?,
            directory: setup.directory()?,
            vault: setup.vault()?,
            mail: MailSender::new(&setup.aws, config.mail_from()?, config.mail_configuration_set()?),
            web_url: config.web_url()?,
            setup: setup.clone(),
        })
    }

    async fn work(&self, job: Job) -> Result<(), WorkError> {
        let message: AlertMessage =
            serde_json::from_str(&job.body).map_err(|_| WorkError::Poison("not an alert"))?;
        let scope: Key = job.scope_in(message.clinic)?;
        let (stored, clinic, vendor) = tokio::join!(
            self.records.get(&scope, keys::alert(message.alert)),
            self.records.get(&scope, keys::clinic()),
            self.directory.vendor(Ses::NAME)
        );
        let stored = stored?.ok_or(WorkError::Poison("no such alert"))?;
        let (alert, clinic) = (&stored.record, clinic?.ok_or(WorkError::Poison("no clinic"))?.record);
        if alert.sent_at.is_some() {
            return Ok(());
        }
        let named = format!("alert={};event={}", alert.alert, alert.event.code());
        let Some(leave) = OnRecord::of(vendor?.as_ref()) else {
            // No operator ever put it on record. It stays pending, and the sweeper hands it over again.
            let code = VENDOR_NOT_APPROVED.to_owned();
            return Ok(job.trail(message.clinic, None, named).note(Outcome::Refused { code }).await?);
        };
        let addresses = self.addresses(&scope, alert, &clinic).await?;
        let refused = self.send(&leave, alert, &clinic, &addresses).await?;
        if !addresses.is_empty() && refused == addresses.len() {
            // The account may send nothing, maybe: an engineer hears of it, and it stays pending.
            return Err(WorkError::Poison("an alert that nobody gets"));
        }
        let sent = Alert { sent_at: Some(job.now), ..alert.clone() };
        let transaction =
            self.records.transaction(&scope, &*self.setup.entropy).replace(Alert::TYPE, &stored, &sent)?;
        let resource = format!("{named};recipients={};refused={refused}", addresses.len());
        let _: Audited<()> = job.trail(message.clinic, None, resource).commit(transaction).await?;
        Ok(())
    }
}

impl SendAlert {
    /// Where it goes: to those who work there now. Who was only invited may never have heard of the clinic, and isn't mailed;
    /// where nobody has come in yet, there is nobody to tell.
    async fn addresses(&self, scope: &Key, alert: &Alert, clinic: &Clinic) -> Result<Vec<String>, WorkError> {
        let (members, key) = tokio::join!(
            self.records.members(scope),
            self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic)
        );
        let (members, key) = (members?, key?);
        let concerned =
            members.iter().filter(|it| it.record.is_established() && alert.is_for(&it.record.roles));
        Ok(concerned.map(|it| Ok(it.open(&key)?.email)).collect::<Result<_, StoreError>>()?)
    }

    /// Sends it to all at once; answers how many the vendor refused for good.
    async fn send(
        &self,
        leave: &OnRecord<Ses>,
        alert: &Alert,
        clinic: &Clinic,
        addresses: &[String],
    ) -> Result<usize, WorkError> {
        let at = clinic.local(alert.created_at);
        let text = alert_texts::alert(alert.event, &clinic.name, &at, &self.web_url);
        let sending = addresses.iter().map(|to| self.mail.tell(leave, to, &text.subject, &text.body));
        let mut refused = 0;
        for sent in join_all(sending).await {
            match sent {
                Ok(_) => {}
                Err(StoreError::Refused { .. }) => refused += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(refused)
    }
}
