//! Sends a notice: claims it, sends it once, and records how that went.
//!
//! A crash after the claim leaves it claimed. Whether the message left is then unknown; it is never sent again by the
//! machine, and the evaluation shows it as `unknown`. Where the vendor says that it took nothing, the claim is taken back
//! with all that came with it.

use crate::case::Case;
use crate::letter::Letter;
use crate::texts;
use jiff::Timestamp;
use visage_domain::audit::{Outcome, Purpose};
use visage_domain::clock::utc_day;
use visage_domain::outbox::{
    Channel, Hold, OutboxItem, OutboxMessage, OutboxState, SmsCount, VENDOR_NOT_APPROVED,
};
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::vendor::{Called, Clearance, NotCleared, Ses, Sns};
use visage_platform::{Audited, Event, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::StoreError;
use visage_store::directory::Directory;
use visage_store::mail::MailSender;
use visage_store::records::{CommitError, Records, Stored, Transaction, keys};
use visage_store::sms::SmsSender;
use visage_store::vault::Vault;

pub(crate) type Key = Scope<permission::SendNotice>;

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
        let case = Case::read(&self.records, &self.vault, &scope, &message, job.now).await?;
        let Some(case) = case else { return Ok(()) };
        match self.address(&case, job.now).await? {
            Err(reason) => self.suppress(&job, &scope, &case, reason).await,
            Ok((address, way)) => {
                let (claimed, letter) = self.claim(&job, &scope, &case, address).await?;
                match self.send(&case, &way, &letter).await {
                    // Nothing was sent: it waits again, and the queue brings it later.
                    Err(error @ StoreError::Throttled { .. }) => {
                        self.give_back(&job, &scope, &case, &claimed, &letter).await?;
                        Err(error.into())
                    }
                    sent => match outcome(sent, &job) {
                        Some(state) => self.settle(&job, &scope, &claimed, state).await,
                        None => Ok(()),
                    },
                }
            }
        }
    }
}

/// The vendor that brings it, cleared for it.
enum Way {
    Sms(Clearance<Sns>),
    Email(Clearance<Ses>),
}

/// What a sending came to; none if nobody knows.
fn outcome(sent: Result<Option<String>, StoreError>, job: &Job) -> Option<OutboxState> {
    match sent {
        Ok(reference) => Some(OutboxState::Done { at: job.now, reference }),
        Err(StoreError::Refused { code, .. }) => Some(OutboxState::Failed { code }),
        Err(error) => {
            tracing::error!(%error, "a notice's fate is unknown");
            job.count(Event::NoticeUnknown);
            None
        }
    }
}

impl SendNotice {
    /// Where it goes, or why it goes nowhere.
    async fn address(
        &self,
        case: &Case,
        now: Timestamp,
    ) -> Result<Result<(String, Way), &'static str>, WorkError> {
        let way = match case.channel {
            Channel::Sms => self.cleared(case, now).await?.map(Way::Sms),
            Channel::Email => self.cleared(case, now).await?.map(Way::Email),
        };
        Ok(match (way, case.address(now)) {
            (Err(NotCleared::Vendor), _) => Err(VENDOR_NOT_APPROVED),
            (_, Err(reason)) => Err(reason),
            (Err(NotCleared::NoConsent), _) => Err("no_consent"),
            (Ok(way), Ok(address)) => Ok((address, way)),
        })
    }

    async fn cleared<V: Called>(
        &self,
        case: &Case,
        now: Timestamp,
    ) -> Result<Result<Clearance<V>, NotCleared>, WorkError> {
        let vendor = self.directory.vendor(V::NAME).await?;
        Ok(Clearance::of(vendor.as_ref(), &case.consents, utc_day(now)))
    }

    /// Takes the notice: from here on it is sent once or never. The count, and the link or code, come with the claim.
    async fn claim(
        &self,
        job: &Job,
        scope: &Key,
        case: &Case,
        address: String,
    ) -> Result<(Stored<OutboxItem>, Letter), WorkError> {
        let item = &case.item.record;
        let letter = Letter::new(case, address, &self.web_url, &*self.setup.entropy, job.now)?;
        let outbox_state = OutboxState::Claimed { at: job.now };
        let claimed = OutboxItem { outbox_state, link: letter.report_link(), ..item.clone() };
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy).replace(
            OutboxItem::TYPE,
            &case.item,
            &claimed,
        )?;
        if case.counts_as_text() {
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
        transaction = letter.keep(transaction, case, job.now)?;
        let trail = job.trail(scope.clinic(), item.patient, resource(&claimed));
        let _: Audited<()> = trail.commit(transaction).await?;
        Ok((case.item.followed_by(claimed), letter))
    }

    async fn send(&self, case: &Case, way: &Way, letter: &Letter) -> Result<Option<String>, StoreError> {
        let (clinic, brings) = (&case.clinic, letter.brings.as_str());
        let (event, language) = (case.event, case.language);
        match way {
            Way::Sms(cleared) => {
                let text = texts::sms(event, language, &clinic.name, brings);
                self.sms.send(cleared, &letter.address, &text).await
            }
            Way::Email(cleared) => {
                let text = texts::email(event, language, &clinic.name, &clinic.contact.email, brings);
                self.mail.send(cleared, &letter.address, &text.subject, &text.body).await
            }
        }
    }

    /// Takes the claim of what never left back, with its count and what it would have brought: it waits again.
    async fn give_back(
        &self,
        job: &Job,
        scope: &Key,
        case: &Case,
        claimed: &Stored<OutboxItem>,
        letter: &Letter,
    ) -> Result<(), WorkError> {
        let waiting = &case.item.record;
        let trail = job.trail(scope.clinic(), waiting.patient, resource(waiting));
        let everything = letter.take_back(self.unclaimed(scope, case, claimed)?, case)?;
        let _: Audited<()> = match trail.commit(everything).await {
            // What it would have brought was revoked, withdrawn or asked for again meanwhile, and stays so: nobody has it.
            Err(CommitError::Conflict(label)) if label != OutboxItem::TYPE => {
                trail.commit(self.unclaimed(scope, case, claimed)?).await?
            }
            done => done?,
        };
        Ok(())
    }

    /// The claim undone, and its count.
    fn unclaimed<'a>(
        &'a self,
        scope: &'a Key,
        case: &Case,
        claimed: &Stored<OutboxItem>,
    ) -> Result<Transaction<'a, permission::SendNotice>, StoreError> {
        let waiting = &case.item.record;
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = transaction.replace(OutboxItem::TYPE, claimed, waiting)?;
        if case.counts_as_text() {
            return transaction.give_sms_back(waiting.patient, waiting.evaluation);
        }
        Ok(transaction)
    }

    /// Holds a notice back. One whose channel is confirmed at this very moment isn't: the queue brings it again. One that is held back for
    /// the same reason already stays as it is.
    async fn suppress(&self, job: &Job, scope: &Key, case: &Case, reason: &str) -> Result<(), WorkError> {
        let record = &case.item.record;
        let outbox_state = OutboxState::Suppressed { reason: reason.to_owned() };
        let held = OutboxItem { outbox_state, ..record.clone() };
        let trail = job.trail(scope.clinic(), record.patient, resource(&held));
        if case.hold.map(Hold::code) == Some(reason) {
            return Ok(trail.note(Outcome::Refused { code: reason.to_owned() }).await?);
        }
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy).replace(
            OutboxItem::TYPE,
            &case.item,
            &held,
        )?;
        if let Some(channel) = case.unconfirmed(reason) {
            let place = keys::confirmed_channel(record.patient, record.evaluation, channel);
            transaction = transaction.require_absent("confirmation", &place)?;
        }
        let _: Audited<()> = trail.commit(transaction).await?;
        if case.hold.is_none() {
            job.count(Event::NoticeSuppressed);
        }
        Ok(())
    }

    async fn settle(
        &self,
        job: &Job,
        scope: &Key,
        stored: &Stored<OutboxItem>,
        outbox_state: OutboxState,
    ) -> Result<(), WorkError> {
        let settled = OutboxItem { outbox_state, ..stored.record.clone() };
        let transaction = self.records.transaction(scope, &*self.setup.entropy).replace(
            OutboxItem::TYPE,
            stored,
            &settled,
        )?;
        let trail = job.trail(scope.clinic(), settled.patient, resource(&settled));
        let _: Audited<()> = trail.commit(transaction).await?;
        match settled.outbox_state {
            OutboxState::Done { .. } => job.count(Event::NoticeSent),
            OutboxState::Failed { .. } => job.count(Event::NoticeFailed),
            OutboxState::Pending | OutboxState::Claimed { .. } | OutboxState::Suppressed { .. } => {}
        }
        Ok(())
    }
}

fn resource(item: &OutboxItem) -> String {
    let state = item.outbox_state.code();
    format!("evaluation={};state={state};outbox={}", item.evaluation, item.outbox)
}
