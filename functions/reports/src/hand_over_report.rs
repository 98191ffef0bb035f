//! Makes a link that staff hand to the patient: for who confirmed no channel, or has none.
//!
//! A clinic that asks for codes gets a link that opens by them where a code has a way to the patient, and by the date of
//! birth where it has none: a link that nobody can open would be of no use, and who gets it stands before staff.
//!
//! Whoever makes it sees it, and the date of birth stands in the chart: a link that opens by it ends when they leave. One that opens
//! by a code is the patient's.
//!
//! The address is answered once. The same request again is told that the link exists, but not what opens it: of the
//! secret only the hash is kept.

use crate::list_reports::Path;
use crate::ways::Ways;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::capability::Capability;
use visage_domain::evaluation::{Evaluation, Withdrawal};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::LinkId;
use visage_domain::permission;
use visage_domain::report::{IssuedLink, LINK_LIFETIME, LinkChannel, Report, ReportLink};
use visage_domain::report_code::SecondFactor;
use visage_domain::retention::Record;
use visage_platform::idempotency::{self, Idempotent};
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Vault, link_id_of, secret_hash};

/// The operation.
pub struct HandOverReport {
    records: Records,
    vault: Vault,
    web_url: String,
    setup: Setup,
}

/// The link.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    link: LinkId,
    /// Where it leads; only in the first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// What it asks for.
    second_factor: SecondFactor,
    expires_at: Timestamp,
}

impl Operation for HandOverReport {
    const INFO: Info = Info {
        name: "hand_over_report",
        method: "POST",
        path: "/v1/patients/{patient}/evaluations/{evaluation}/report-links",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 256,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::withdrawn(), Problem::no_report()],
        headers: &[Header::IdempotencyKey],
    };
    const FIELDS: &'static [Field] =
        &[shown("link"), shown("url"), shown("secondFactor"), shown("expiresAt")];
    type Caller = Staff<permission::IssueReportLink>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            vault: setup.vault()?,
            web_url: setup.config.web_url()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (caller, scope) = (&call.caller, &call.caller.scope);
        let staff = caller.staff.record.staff;
        // The evaluation is the path's, not the body's: the same key is good for no other one.
        let evaluation = call.path.evaluation.to_string();
        let asked: [&[u8]; 2] = [&call.body, evaluation.as_bytes()];
        let request = Idempotent::of_staff(&self.vault, &call, Self::INFO.name, &asked).await?;
        let second_factor = self.second_factor(&call).await?;
        let capability = Capability::new(scope.clinic(), &*self.setup.entropy);
        let link = ReportLink {
            link: link_id_of(&capability.secret),
            secret_hash: secret_hash(&capability.secret),
            patient: call.path.patient,
            evaluation: call.path.evaluation,
            channel: LinkChannel::Hand,
            issued_by: Some(staff),
            second_factor,
            created_at: call.now,
            expires_at: call.now.checked_add(LINK_LIFETIME).map_err(|_| Problem::internal())?,
            revoked_at: None,
            renewal: None,
            tries: 0,
        };
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = request
            .mark(transaction, vec![link.link.to_string()], call.now)?
            .require_absent(Withdrawal::TYPE, &keys::withdrawal(call.path.patient, call.path.evaluation))?
            .create(ReportLink::TYPE, &link)?
            .create(IssuedLink::TYPE, &IssuedLink::of(&link, Some(staff)))?;
        match call.trail.commit(transaction).await {
            Ok(audited) => {
                let url = Some(format!("{}/report#{}", self.web_url, capability.encode()));
                let output = Output { link: link.link, url, second_factor, expires_at: link.expires_at };
                Ok(audited.map(|()| Reply::new(output)))
            }
            Err(CommitError::Conflict(idempotency::LABEL)) => self.again(&call, &request).await,
            Err(CommitError::Conflict(Withdrawal::TYPE)) => Err(Problem::withdrawn()),
            Err(error) => Err(error.into()),
        }
    }
}

impl HandOverReport {
    /// What the link is to ask for, if there is something to open.
    async fn second_factor(&self, call: &Call<Self>) -> Result<SecondFactor, Problem> {
        let Path { patient, evaluation } = call.path;
        let mut visit = self.records.visit(&call.caller.scope, patient, evaluation.into()).await?;
        visit.take::<Evaluation>()?.ok_or_else(Problem::not_found)?;
        visit.take::<Report>()?.ok_or_else(Problem::no_report)?;
        let has_way = Ways::of(&mut visit)?.for_code(LinkChannel::Hand).is_some();
        let asked = call.caller.clinic.settings.report_second_factor;
        Ok(if has_way { asked } else { SecondFactor::BirthDate })
    }

    /// The second click: the link was made, and whoever made it has it.
    async fn again(
        &self,
        call: &Call<Self>,
        request: &Idempotent,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let scope = &call.caller.scope;
        let earlier = request.earlier(&self.records, scope, call.now).await?.ok_or_else(Problem::conflict)?;
        let link = earlier.record.created.first().and_then(|link| link.parse().ok());
        let link: LinkId = link.ok_or_else(Problem::internal)?;
        let stored = self.records.get(scope, keys::report_link(link)).await?.ok_or_else(Problem::internal)?;
        let ReportLink { second_factor, expires_at, .. } = stored.record;
        let output = Output { link, url: None, second_factor, expires_at };
        call.trail.after(Vec::new(), Reply::new(output)).await
    }
}
