//! Renders the report of a signed evaluation, and leaves the notices that it is ready.

use crate::chart::Chart;
use crate::content::word;
use crate::pdf;
use visage_domain::audit::Purpose;
use visage_domain::ids::{OutboxId, ReportId};
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, OutboxMessage, OutboxState, Task};
use visage_domain::permission;
use visage_domain::report::Report;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::objects::{Bucket, report_key};
use visage_store::records::{Records, Stored};
use visage_store::vault::{Vault, sha256_hex};

pub(crate) type Key = Scope<permission::RenderReport>;

/// The worker.
pub struct RenderReport {
    records: Records,
    vault: Vault,
    photos: Bucket,
    reports: Bucket,
    setup: Setup,
}

impl Worker for RenderReport {
    const INFO: WorkerInfo = WorkerInfo { name: "render_report", purpose: Purpose::Treatment };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            vault: setup.vault()?,
            photos: setup.photos()?,
            reports: setup.reports()?,
            setup: setup.clone(),
        })
    }

    /// Two workers with the same message make the same file under the same key, and only one records it. Two messages
    /// that meet want the same number: the queue brings the later one again, and it gets the next.
    async fn work(&self, job: Job) -> Result<(), WorkError> {
        let message: OutboxMessage =
            serde_json::from_str(&job.body).map_err(|_| WorkError::Poison("not an outbox message"))?;
        let scope: Key = job.scope_in(message.clinic)?;
        let mut visit = self.records.visit(&scope, message.patient, message.evaluation.into()).await?;
        let items = visit.take_all::<OutboxItem>()?;
        let item = items.into_iter().find(|item| item.record.outbox == message.outbox);
        let item = item.ok_or(WorkError::Poison("no such work"))?;
        if item.record.outbox_state != OutboxState::Pending {
            return Ok(());
        }
        let report = ReportId::from_bits(message.outbox.bits());
        let number = visit.take_all::<Report>()?.iter().map(|it| it.record.number).max().unwrap_or(0) + 1;
        let chart = Chart::read(&self.records, &self.vault, &self.photos, &scope, &message, visit).await?;
        let bytes = pdf::render(&word(&chart.source(report, number)))
            .map_err(|_| WorkError::Poison("not renderable"))?;
        let key = report_key(message.clinic, message.patient, report);
        let sha256 = sha256_hex(&bytes);
        let version = self.reports.store(&key, "application/pdf", bytes).await?;
        let record = Report {
            report,
            patient: message.patient,
            evaluation: message.evaluation,
            number,
            key,
            version,
            sha256,
            rendered_at: job.now,
        };
        self.record(&job, &scope, &item, &record, &chart).await
    }
}

impl RenderReport {
    async fn record(
        &self,
        job: &Job,
        scope: &Key,
        item: &Stored<OutboxItem>,
        report: &Report,
        chart: &Chart,
    ) -> Result<(), WorkError> {
        let entropy = &*self.setup.entropy;
        let done = OutboxState::Done { at: job.now, reference: Some(report.report.to_string()) };
        let done = OutboxItem { outbox_state: done, ..item.record.clone() };
        let mut transaction = self
            .records
            .transaction(scope, entropy)
            .create(Report::TYPE, report)?
            .replace(OutboxItem::TYPE, item, &done)?;
        let event = if report.number == 1 { NoticeEvent::ReportReady } else { NoticeEvent::ReportUpdated };
        let email = chart.identity.email.as_ref().map(|_| Channel::Email);
        for channel in email.into_iter().chain(chart.sms.then_some(Channel::Sms)) {
            let task = Task::Notice { channel, event };
            let id = OutboxId::new(entropy);
            let notice = OutboxItem::pending(id, report.patient, report.evaluation, task, job.now);
            transaction = transaction.create("notice", &notice)?;
        }
        let resource = format!("evaluation={};report={}", report.evaluation, report.report);
        let _: Audited<()> = job.trail(scope.clinic(), report.patient, resource).commit(transaction).await?;
        Ok(())
    }
}
