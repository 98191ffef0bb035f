//! Shows saved answers on another device than that of the start, after the birth date that was saved there.
//!
//! A try is counted before anything is compared, in one transaction with an entry that says so: no number of parallel
//! requests, and no crash, gets more than five, or one that the log doesn't know of.
//!
//! The one creating request beside `start_intake` that no `Idempotency-Key` repeats: its answer is a secret too.

use crate::birth_date::{Place, place_of};
use crate::draft::form_of;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::capability::Secret;
use visage_domain::fields::{Field, shown};
use visage_domain::form::PatientField;
use visage_domain::intake::ResumeToken;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::forms::Forms;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::{CommitError, Records, Stored, keys, tries};
use visage_store::vault::secret_hash;

/// How often the token is read again when others try at the same moment.
const ATTEMPTS: usize = 8;

/// The operation.
pub struct AdmitDevice {
    records: Records,
    forms: Forms,
    setup: Setup,
}

/// The proof.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    birth_date: Date,
}

/// What the device shows from now on, in the header `x-device-secret`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    device_secret: String,
}

impl Operation for AdmitDevice {
    const INFO: Info = Info {
        name: "admit_device",
        method: "POST",
        path: "/v1/intake/devices",
        purpose: Purpose::PatientRequest,
        status: 201,
        body_limit: 1_024,
        background: false,
        phi: true,
        changes: false,
        problems: &[
            Problem::already_submitted(),
            Problem::nothing_to_prove(),
            Problem::reading_locked(),
            Problem::wrong_second_factor(),
            Problem::conflict(),
        ],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("deviceSecret")];
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, forms: setup.forms()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.caller.require_draft()?;
        let saved = self.saved_birth_date(&call).await?.ok_or_else(Problem::nothing_to_prove)?;
        let counted = self.count(&call).await?;
        if saved != call.input.birth_date {
            return Err(Problem::wrong_second_factor());
        }
        self.admit(&call, counted).await
    }
}

impl AdmitDevice {
    /// The birth date, if it was saved where saved answers are shown: any other proves nothing.
    async fn saved_birth_date(&self, call: &Call<Self>) -> Result<Option<Date>, Problem> {
        let form = form_of(&self.forms, &call.caller).await?;
        let Some(place) = place_of(&form, PatientField::BirthDate) else { return Ok(None) };
        let Place { section, .. } = place;
        let intake = &call.caller.intake.record;
        let key = keys::section(intake.patient, intake.intake, section);
        let saved = self.records.get(&call.caller.scope, key).await?.filter(|saved| saved.record.trusted);
        let answers = saved.map(|saved| saved.open(&call.caller.key)).transpose()?;
        Ok(answers.and_then(|answers| place.date_in(&answers)))
    }

    /// Counts the try, with an entry that says so: should this be all that happens, the log knows. Answers the token as it
    /// is then, unless others were counted meanwhile.
    async fn count(&self, call: &Call<Self>) -> Result<Stored<ResumeToken>, Problem> {
        let token = &call.caller.token;
        let transaction = self.records.transaction(&call.caller.scope, &*self.setup.entropy);
        match call.trail.begin(transaction.count_reading_try(&token.record, call.now)?).await {
            Ok(()) => {
                let reading_tries = token.record.reading_tries + 1;
                Ok(token.followed_by(ResumeToken { reading_tries, ..token.record.clone() }))
            }
            Err(CommitError::Conflict(tries::READING)) => Err(Problem::reading_locked()),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds the device and gives the try back, also when others were counted meanwhile.
    async fn admit(
        &self,
        call: &Call<Self>,
        mut token: Stored<ResumeToken>,
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let secret = Secret::new(&*self.setup.entropy);
        for _ in 0..ATTEMPTS {
            let admitted = token.record.admitting(secret_hash(&secret));
            let transaction = self
                .records
                .transaction(&call.caller.scope, &*self.setup.entropy)
                .require_draft("intake", &call.caller.intake.record)?
                .replace(ResumeToken::TYPE, &token, &admitted)?;
            match call.trail.commit(transaction).await {
                Ok(audited) => {
                    return Ok(audited.map(|()| Reply::new(Output { device_secret: secret.encode() })));
                }
                Err(CommitError::Conflict(ResumeToken::TYPE)) => {
                    let now =
                        self.records.get(&call.caller.scope, keys::resume_token(token.record.link)).await?;
                    token = now.ok_or_else(Problem::conflict)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict())
    }
}
