//! Saves the answers of one section. What is required may still be missing; what is there must make sense.

use crate::birth_date::{place_of, settle, takes};
use crate::draft::form_of;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::form::{Answers, PatientField};
use visage_domain::intake::Section;
use visage_domain::permission;
use visage_platform::forms::Forms;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::{Records, keys};

/// The operation.
pub struct SaveSection {
    records: Records,
    forms: Forms,
    setup: Setup,
}

/// Which section.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Path {
    section: String,
}

/// The section's answers, in place of those saved before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    answers: Answers,
}

/// What was saved.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    section: String,
    saved_at: Timestamp,
}

impl Operation for SaveSection {
    const INFO: Info = Info {
        name: "save_section",
        method: "PUT",
        path: "/v1/intake/sections/{section}",
        purpose: Purpose::PatientRequest,
        status: 200,
        body_limit: 256 * 1024,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::already_submitted(), Problem::invalid_fields(), Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("section"), shown("savedAt")];
    type Caller = Filler<permission::FillIntake>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.caller.require_draft()?;
        let intake = &call.caller.intake.record;
        let form = form_of(&self.forms, &call.caller).await?;
        let section = form.section(&call.path.section).ok_or_else(Problem::not_found)?.link_id.clone();
        form.check_section(&section, &call.input.answers).map_err(|errors| {
            Problem::invalid_fields().with_errors(errors.into_iter().map(|error| error.under("/answers")))
        })?;
        let key = keys::section(intake.patient, intake.intake, &section);
        let saved = self.records.get(&call.caller.scope, key).await?;
        let mut answers = call.input.answers;
        let place = place_of(&form, PatientField::BirthDate).filter(|place| place.section == section);
        let trusted = match place {
            None => call.caller.may_read,
            Some(place) => {
                let opened = saved.as_ref().map(|saved| saved.open(&call.caller.key)).transpose()?;
                let before = opened.as_ref().zip(saved.as_ref().map(|saved| saved.record.trusted));
                let takes = |date| takes(&call.caller.clinic, date, call.now);
                settle(place, &mut answers, before, call.caller.may_read, takes)?
            }
        };
        let (patient, saved_at) = (intake.patient, call.now);
        let record = Section { intake: intake.intake, patient, section, trusted, saved_at };
        let transaction = self
            .records
            .transaction(&call.caller.scope, &*self.setup.entropy)
            .require_draft("intake", &call.caller.intake.record)?;
        let data_key = &*call.caller.key;
        let transaction = match &saved {
            None => transaction.create_sealed("section", &record, &answers, data_key)?,
            Some(saved) => transaction.replace_sealed("section", saved, &record, &answers, data_key)?,
        };
        let audited = call.trail.commit(transaction).await?;
        Ok(audited.map(|()| Reply::new(Output { section: record.section, saved_at: record.saved_at })))
    }
}
