//! Renders the report of a signed evaluation, and leaves the notices that it is ready.

use crate::content::{Source, word};
use crate::pdf;
use visage_domain::audit::Purpose;
use visage_domain::clinic::Clinic;
use visage_domain::consent::{Consent, ConsentPurpose, holds};
use visage_domain::evaluation::{Assessment, Evaluation, Signature};
use visage_domain::face::{MeasureSet, View};
use visage_domain::ids::{OutboxId, ReportId};
use visage_domain::intake::Intake;
use visage_domain::keys::PatientKey;
use visage_domain::outbox::{Channel, NoticeEvent, OutboxItem, OutboxMessage, OutboxState, Task};
use visage_domain::patient::{Identity, Patient};
use visage_domain::permission;
use visage_domain::photo::{AnalysisState, Photo};
use visage_domain::report::Report;
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::staff::StaffDetails;
use visage_platform::{Audited, Job, Setup, SetupError, WorkError, Worker, WorkerInfo};
use visage_store::objects::{Bucket, report_key};
use visage_store::records::{Found, Records, Stored, keys};
use visage_store::vault::{DataKey, Subject, Vault, sha256_hex};

type Key = Scope<permission::RenderReport>;

/// The worker.
pub struct RenderReport {
    records: Records,
    vault: Vault,
    reports: Bucket,
    setup: Setup,
}

/// What a report is rendered from.
struct Chart {
    clinic: Clinic,
    language: String,
    identity: Identity,
    provider: StaffDetails,
    assessment: Assessment,
    signature: Signature,
    measures: Option<MeasureSet>,
    sms: bool,
}

impl Worker for RenderReport {
    const INFO: WorkerInfo = WorkerInfo { name: "render_report", purpose: Purpose::Treatment };

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            vault: setup.vault()?,
            reports: setup.reports()?,
            setup: setup.clone(),
        })
    }

    /// Rendering the same evaluation again makes the same file under the same key; only one of two workers records it.
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
        let chart = self.chart(&scope, &message, visit).await?;
        let bytes =
            pdf::render(&word(&chart.source(report))).map_err(|_| WorkError::Poison("not renderable"))?;
        let key = report_key(message.clinic, message.patient, report);
        let sha256 = sha256_hex(&bytes);
        let version = self.reports.store(&key, "application/pdf", bytes).await?;
        let record = Report {
            report,
            patient: message.patient,
            evaluation: message.evaluation,
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
        let email = chart.identity.email.as_ref().map(|_| Channel::Email);
        for channel in email.into_iter().chain(chart.sms.then_some(Channel::Sms)) {
            let task = Task::Notice { channel, event: NoticeEvent::ReportReady };
            let id = OutboxId::new(entropy);
            let notice = OutboxItem::pending(id, report.patient, report.evaluation, task, job.now);
            transaction = transaction.create("notice", &notice)?;
        }
        let resource = format!("evaluation={};report={}", report.evaluation, report.report);
        let _: Audited<()> = job.trail(scope.clinic(), report.patient, resource).commit(transaction).await?;
        Ok(())
    }

    async fn chart(
        &self,
        scope: &Key,
        message: &OutboxMessage,
        mut visit: Found,
    ) -> Result<Chart, WorkError> {
        let evaluation = visit.take::<Evaluation>()?.ok_or(WorkError::Poison("no evaluation"))?;
        let intake = visit.take::<Intake>()?.ok_or(WorkError::Poison("no intake"))?.record;
        let signature = evaluation.record.signature.clone().ok_or(WorkError::Poison("not signed"))?;
        let patients = [message.patient];
        let (clinic, form, signer, patient) = tokio::join!(
            self.records.get(scope, keys::clinic()),
            self.records.get(scope, keys::form_version(intake.form_version)),
            self.records.get(scope, keys::staff(signature.signed_by)),
            self.records.patients_with_keys(scope, &patients)
        );
        let clinic = clinic?.ok_or(WorkError::Poison("no clinic"))?.record;
        let form = form?.ok_or(WorkError::Poison("no form"))?.record;
        let signer = signer?.ok_or(WorkError::Poison("no signer"))?;
        let mut found = patient?;
        let wrapped = found.take::<PatientKey>()?.ok_or(WorkError::Poison("no key"))?.record;
        let patient = found.take::<Patient>()?.ok_or(WorkError::Poison("no patient"))?;
        let key = self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(message.patient)).await?;
        let clinic_key = self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic).await?;
        let consents: Vec<_> = visit.take_all::<Consent>()?.into_iter().map(|stored| stored.record).collect();
        Ok(Chart {
            clinic,
            language: form.form.language,
            identity: patient.open(&key)?,
            provider: signer.open(&clinic_key)?,
            assessment: evaluation.open(&key)?,
            signature,
            measures: measures(&visit.take_all()?, &key)?,
            sms: holds(&consents, ConsentPurpose::Sms),
        })
    }
}

impl Chart {
    const fn source(&self, report: ReportId) -> Source<'_> {
        Source {
            clinic: &self.clinic,
            language: self.language.as_str(),
            identity: &self.identity,
            report,
            provider: &self.provider,
            assessment: &self.assessment,
            signature: &self.signature,
            measures: self.measures.as_ref(),
        }
    }
}

/// What was measured on the frontal photo that counts.
fn measures(photos: &[Stored<Photo>], key: &DataKey) -> Result<Option<MeasureSet>, WorkError> {
    let frontal = photos.iter().find(|photo| {
        photo.record.view == View::Frontal
            && photo.record.counts_for_view()
            && matches!(photo.record.analysis, AnalysisState::Done { .. })
    });
    let analysis = frontal.map(|photo| photo.open(key)).transpose()?.flatten();
    Ok(analysis.and_then(|analysis| analysis.measures))
}
