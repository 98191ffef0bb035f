//! Opens a report with its link and the date of birth on record.
//!
//! A try is counted before anything is compared, so that no number of parallel requests gets more than five.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::permission;
use visage_domain::photo::VIEW_LIFETIME;
use visage_domain::report::{LinkState, ReportLink};
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Recipient, Reply, Setup, SetupError};
use visage_store::objects::Bucket;
use visage_store::records::{CommitError, GateReads, Records, Stored, keys};

/// The operation.
pub struct OpenReport {
    records: Records,
    tries: GateReads,
    reports: Bucket,
    setup: Setup,
}

/// The second factor.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    birth_date: Date,
}

/// Where the report can be read for a quarter of an hour.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    url: String,
    expires_at: Timestamp,
}

impl Operation for OpenReport {
    const INFO: Info = Info {
        name: "open_report",
        method: "POST",
        path: "/v1/report-views",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 1_024,
        background: false,
        phi: true,
    };
    type Caller = Recipient<permission::OpenReport>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            tries: setup.gate_reads()?,
            reports: setup.reports()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let clinic = call.caller.scope.clinic();
        let counted = self.tries.count_try(clinic, &call.caller.link.record, call.now).await?;
        let link = match counted {
            Some(link) => link,
            None => return Err(self.why_not(&call).await?),
        };
        let identity = call.caller.patient.open(&call.caller.key)?;
        if *identity.birth_date.expose() != call.input.birth_date {
            return Err(Problem::wrong_second_factor());
        }
        let key = keys::report(link.record.patient, link.record.evaluation, link.record.report);
        let report = self.records.get(&call.caller.scope, key).await?;
        let report = report.ok_or_else(Problem::link_gone)?.record;
        let name = format!("{}.pdf", report.report);
        let url = self.reports.signed_view(&report.key, &report.version, &name).await?;
        let audited = self.note(&call, &link).await?;
        let expires_at = call.now.checked_add(VIEW_LIFETIME).unwrap_or(call.now);
        Ok(audited.map(|()| Reply::new(Output { url, expires_at })))
    }
}

impl OpenReport {
    /// Notes the view, and gives its try back: who knows the date may look as often as they like.
    async fn note(&self, call: &Call<Self>, link: &Stored<ReportLink>) -> Result<Audited<()>, Problem> {
        let tries = link.record.tries.saturating_sub(1);
        let given_back = ReportLink { tries, ..link.record.clone() };
        let transaction = self.records.transaction(&call.caller.scope, &*self.setup.entropy).replace(
            ReportLink::TYPE,
            link,
            &given_back,
        )?;
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited),
            // Another try was counted meanwhile, then this one stays counted; or the link was taken back.
            Err(CommitError::Conflict(_)) => match self.why_not(call).await? {
                problem if problem.code == Problem::link_gone().code => Err(problem),
                _ => call.trail.after(Vec::new(), ()).await,
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Why a try wasn't granted, as the link stands now.
    async fn why_not(&self, call: &Call<Self>) -> Result<Problem, Problem> {
        let link = call.caller.link.record.link;
        let now = self.records.get(&call.caller.scope, keys::report_link(link)).await?;
        Ok(match now.map(|link| link.record.state(call.now)) {
            Some(LinkState::Locked) => Problem::link_locked(),
            Some(LinkState::Usable) => Problem::conflict(),
            Some(LinkState::Gone) | None => Problem::link_gone(),
        })
    }
}
