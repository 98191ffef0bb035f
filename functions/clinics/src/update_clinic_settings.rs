//! Changes what the clinic decided for itself. It holds from the next request on.

use crate::get_clinic_settings::Output;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::audit::Purpose;
use visage_domain::clinic::{Clinic, ClinicSettings};
use visage_domain::fields::Field;
use visage_domain::minor::MinorsPolicy;
use visage_domain::permission;
use visage_domain::report_code::SecondFactor;
use visage_domain::retention::Record;
use visage_platform::operation::{Empty, check_version};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};

/// The operation.
pub struct UpdateClinicSettings {
    records: Records,
    setup: Setup,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// Whether intakes of minors are refused, or taken with a guardian.
    minors: Option<MinorsPolicy>,
    /// Whether a report link asks for the date of birth, or for a one-time code.
    report_second_factor: Option<SecondFactor>,
}

impl Operation for UpdateClinicSettings {
    const INFO: Info = Info {
        name: "update_clinic_settings",
        method: "PUT",
        path: "/v1/clinic/settings",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 4_096,
        background: false,
        phi: false,
        changes: true,
        problems: &[],
        headers: &[Header::IfMatch, Header::ETag],
    };
    const FIELDS: &'static [Field] = Output::FIELDS;
    type Caller = Staff<permission::UpdateClinicSettings>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let clinic = self.records.get(&call.caller.scope, keys::clinic()).await?;
        let clinic = clinic.ok_or_else(Problem::internal)?;
        check_version(call.if_match.as_deref(), clinic.version)?;
        let before = clinic.record.settings;
        let settings = ClinicSettings {
            minors: call.input.minors.unwrap_or(before.minors),
            report_second_factor: call.input.report_second_factor.unwrap_or(before.report_second_factor),
        };
        let transaction = self.records.transaction(&call.caller.scope, &*self.setup.entropy).replace(
            Clinic::TYPE,
            &clinic,
            &Clinic { settings, ..clinic.record.clone() },
        )?;
        match call.trail.commit(transaction).await {
            Ok(audited) => {
                Ok(audited.map(|()| Reply::new(Output::from(settings)).with_etag(clinic.version + 1)))
            }
            Err(CommitError::Conflict(_)) => Err(Problem::changed_meanwhile()),
            Err(error) => Err(error.into()),
        }
    }
}
