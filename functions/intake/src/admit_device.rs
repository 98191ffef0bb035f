//! Shows saved answers on another device than that of the start, after the birth date that was saved there.
//!
//! A try is counted before anything is compared: no number of parallel requests, and no crash, gets more than five. The
//! one creating request beside `start_intake` that no `Idempotency-Key` repeats: its answer is a secret too.

use crate::birth_date::{Place, place_of};
use crate::draft::form_of;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::capability::Secret;
use visage_domain::form::PatientField;
use visage_domain::intake::ResumeToken;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::forms::Forms;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Filler, Info, Operation, Problem, Reply, Setup, SetupError};
use visage_store::records::{CommitError, GateReads, Records, Stored, keys};
use visage_store::vault::secret_hash;

/// How often the token is read again when others try at the same moment.
const ATTEMPTS: usize = 8;

/// The operation.
pub struct AdmitDevice {
    records: Records,
    forms: Forms,
    tries: GateReads,
    setup: Setup,
}

/// The proof.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    birth_date: Date,
}

/// What the device shows from now on, in the header `x-device-secret`.
#[derive(Serialize)]
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
    };
    type Caller = Filler<permission::FillIntake>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            forms: setup.forms()?,
            tries: setup.gate_reads()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        call.caller.require_draft()?;
        let saved = self.saved_birth_date(&call).await?.ok_or_else(Problem::nothing_to_prove)?;
        let token = &call.caller.token.record;
        let counted = self.tries.count_reading_try(call.caller.scope.clinic(), token, call.now).await?;
        let counted = counted.ok_or_else(Problem::reading_locked)?;
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
