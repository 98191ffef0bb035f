//! Opens a report with its link and the date of birth on record.
//!
//! A try is counted before anything is compared, for the link and for the patient's day, so that no number of parallel
//! requests gets more than five of the one and ten of the other.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::evaluation::Withdrawal;
use visage_domain::permission;
use visage_domain::photo::VIEW_LIFETIME;
use visage_domain::report::{LinkState, ReportOpening, until_next_day};
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Recipient, Reply, Setup, SetupError};
use visage_store::objects::Bucket;
use visage_store::records::{CommitError, Records, keys, tries};

/// The operation.
pub struct OpenReport {
    records: Records,
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
        Ok(Self { records: setup.records()?, reports: setup.reports()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, link) = (&call.caller.scope, &call.caller.link.record);
        self.count(&call).await?;
        let identity = call.caller.patient.open(&call.caller.key)?;
        if *identity.birth_date.expose() != call.input.birth_date {
            return Err(Problem::wrong_second_factor());
        }
        let report = self.records.newest_report(scope, link.patient, link.evaluation).await?;
        let report = report.ok_or_else(Problem::link_gone)?.record;
        let name = format!("{}.pdf", report.report);
        let url = self.reports.signed_view(&report.key, &report.version, &name).await?;
        let audited = self.note(&call, report.number).await?;
        let expires_at = call.now.checked_add(VIEW_LIFETIME).unwrap_or(call.now);
        Ok(audited.map(|()| Reply::new(Output { url, expires_at })))
    }
}

impl OpenReport {
    /// Counts the try, with an entry that says so: should this be all that happens, the log knows.
    async fn count(&self, call: &Call<Self>) -> Result<(), Problem> {
        let link = &call.caller.link.record;
        let transaction = self.records.transaction(&call.caller.scope, &*self.setup.entropy);
        match call.trail.begin(transaction.count_try(link, call.now)?).await {
            Ok(()) => Ok(()),
            Err(CommitError::Conflict(tries::DAY)) => {
                Err(Problem::too_many_tries().retry_in(until_next_day(call.now)))
            }
            Err(CommitError::Conflict(_)) => Err(self.why_not(call).await?),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes the opening, and gives its try back: who knows the date may look as often as they like.
    async fn note(&self, call: &Call<Self>, number: u32) -> Result<Audited<()>, Problem> {
        let link = &call.caller.link.record;
        let (patient, evaluation) = (link.patient, link.evaluation);
        let opening = ReportOpening { patient, evaluation, number, link: link.link, at: call.now };
        let transaction = self
            .records
            .transaction(&call.caller.scope, &*self.setup.entropy)
            .give_try_back(link, call.now)?
            // A link that was made while its evaluation was withdrawn opens nothing all the same.
            .require_absent(Withdrawal::TYPE, &keys::withdrawal(patient, evaluation))?
            .create(ReportOpening::TYPE, &opening)?;
        match call.trail.commit(transaction).await {
            Ok(audited) => Ok(audited),
            Err(CommitError::Conflict(tries::LINK | Withdrawal::TYPE)) => Err(Problem::link_gone()),
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
