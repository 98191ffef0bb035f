//! What the clinic decided for itself.

use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::audit::Purpose;
use visage_domain::clinic::ClinicSettings;
use visage_domain::fields::{Field, shown};
use visage_domain::minor::MinorsPolicy;
use visage_domain::permission;
use visage_domain::report_code::SecondFactor;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, keys};

/// The operation.
#[derive(Debug)]
pub struct GetClinicSettings {
    records: Records,
}

/// The settings, under the tag that a change of them names.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    minors: MinorsPolicy,
    report_second_factor: SecondFactor,
}

impl Output {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[shown("minors"), shown("reportSecondFactor")];
}

impl From<ClinicSettings> for Output {
    fn from(settings: ClinicSettings) -> Self {
        let ClinicSettings { minors, report_second_factor } = settings;
        Self { minors, report_second_factor }
    }
}

impl Operation for GetClinicSettings {
    const INFO: Info = Info {
        name: "get_clinic_settings",
        method: "GET",
        path: "/v1/clinic/settings",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 0,
        background: false,
        phi: false,
        changes: false,
        problems: &[],
        headers: &[Header::ETag],
    };
    const FIELDS: &'static [Field] = Output::FIELDS;
    type Caller = Staff<permission::ReadClinicSettings>;
    type Path = Empty;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let read = async {
            let clinic = self.records.get(&call.caller.scope, keys::clinic()).await?;
            let clinic = clinic.ok_or_else(Problem::internal)?;
            Ok(Reply::new(Output::from(clinic.record.settings)).with_etag(clinic.version))
        };
        call.trail.alongside(read).await
    }
}
