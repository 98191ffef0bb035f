//! Imports up to 20 intakes at once that were taken elsewhere, on paper or in other software, each as if it were entered by
//! itself. It takes leave beside the role. An intake whose `reference` was imported before is answered with what it became.
//!
//! Everything is checked before anything is written. Then those who answer for the clinic are told, and each intake is a
//! transaction of its own: an import that breaks off is sent again as it is, and what is missing is added.

use crate::entering::{Checked, Entering, Given, gone_through};
use crate::recognised::{Sent, alert_of, wrong_references};
use crate::told::{Taken, Told};
use futures_util::future::join_all;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use visage_domain::alert::{Alert, AlertEvent};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::form::{AnswersBySection, PublishableForm};
use visage_domain::ids::{EvaluationId, IntakeId, PatientId};
use visage_domain::intake_import::{ImportedIntake, MAX_IMPORTED};
use visage_domain::minor::GuardianDetails;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_domain::staff::BulkPermission;
use visage_platform::forms::{Forms, InForce};
use visage_platform::operation::{Empty, check_bulk};
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{DataKey, Subject, Vault};

/// How many intakes are written at once.
const AT_ONCE: usize = 4;

/// The operation.
pub struct ImportIntakes {
    records: Records,
    forms: Forms,
    vault: Vault,
    setup: Setup,
}

/// The intakes, all of one form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The form version that was gone through.
    form_version: u32,
    /// The language in which the consents were put, one of those that the form has; the form's own, if none is named.
    language: Option<String>,
    #[schemars(length(min = 1, max = MAX_IMPORTED))]
    intakes: Vec<Entry>,
}

/// An intake to import.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "IntakeToImport")]
struct Entry {
    /// The clinic's own reference to it, by which it is recognised when it is sent again. It must tell nothing of the patient;
    /// only a keyed hash of it is kept.
    #[schemars(regex(pattern = "^[A-Za-z0-9._-]{1,64}$"))]
    reference: String,
    source: Taken,
    sections: AnswersBySection,
    consents: Told,
    guardian: Option<GuardianDetails>,
}

impl Entry {
    const fn given(&self) -> Given<'_> {
        let Self { source, sections, consents, guardian, .. } = self;
        Given { source: *source, sections, consents: *consents, guardian: guardian.as_ref() }
    }
}

/// The imported intakes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// In the order in which they were sent.
    intakes: Vec<Line>,
}

/// What an intake became.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ImportedIntake")]
struct Line {
    reference: String,
    intake: IntakeId,
    patient: PatientId,
    evaluation: EvaluationId,
    submitted_at: Timestamp,
}

/// What is to be done with an intake of the request.
enum Step<'a> {
    /// Nothing: it was imported before.
    Known(&'a ImportedIntake),
    /// It is entered.
    New(&'a Sent, Checked),
}

impl Operation for ImportIntakes {
    const INFO: Info = Info {
        name: "import_intakes",
        method: "POST",
        path: "/v1/intake-imports",
        purpose: Purpose::Treatment,
        status: 201,
        body_limit: 1024 * 1024,
        background: false,
        phi: true,
        changes: true,
        problems: &[
            Problem::bulk_permission_required(),
            Problem::not_found(),
            Problem::invalid_fields(),
            Problem::conflict(),
        ],
        // The references say which click it is, and for longer than a day.
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("intakes").of(&[
        shown("reference"),
        shown("intake"),
        shown("patient"),
        shown("evaluation"),
        shown("submittedAt"),
    ])];
    type Caller = Staff<permission::ImportIntakes>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            records: setup.records()?,
            forms: setup.forms()?,
            vault: setup.vault()?,
            setup: setup.clone(),
        })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let Staff { scope, clinic, staff, .. } = &call.caller;
        check_bulk(&staff.record, BulkPermission::Import, call.now)?;
        check_count(call.input.intakes.len())?;
        let key = self.vault.unwrap_key(scope, &clinic.key, Subject::Clinic).await?;
        let sent = Sent::all_of(&call.body, &key)?;
        let places: Vec<_> = sent.iter().map(|it| keys::imported_intake(&it.reference_mac)).collect();
        let (known, current) = tokio::join!(self.records.get_each(scope, places), self.forms.in_force(scope));
        let known: Vec<ImportedIntake> = known?.into_iter().map(|stored| stored.record).collect();
        let errors = wrong_references(&sent, &known);
        // What was imported before isn't judged by a form or settings that changed since.
        let earlier: Option<Vec<_>> = sent.iter().map(|it| it.among(&known).cloned()).collect();
        if let Some(earlier) = earlier.filter(|_| errors.is_empty()) {
            return answer(&call, earlier, 0).await;
        }
        let current = current?.ok_or_else(Problem::not_found)?;
        let (form, steps) = plan(&call, &current, &sent, &known, errors)?;
        self.tell(&call, &key, &sent).await?;
        let entering = Entering {
            caller: &call.caller,
            client: &call.client,
            vault: &self.vault,
            clinic_key: &key,
            form: &form,
            form_version: current.version,
            entropy: &*self.setup.entropy,
            now: call.now,
        };
        let imported = self.import(&call, &entering, &steps).await?;
        let new = steps.iter().filter(|step| matches!(step, Step::New(..))).count();
        answer(&call, imported, new).await
    }
}

fn check_count(intakes: usize) -> Result<(), Problem> {
    let code = match intakes {
        0 => "required",
        1..=MAX_IMPORTED => return Ok(()),
        _ => "too_many",
    };
    Err(Problem::invalid_fields().with_errors([FieldProblem::new("/intakes", code)]))
}

/// The form, and what is to be done with each intake; all that is wrong with any of them, beside `errors`, if there is anything.
fn plan<'a>(
    call: &Call<ImportIntakes>,
    current: &InForce,
    sent: &'a [Sent],
    known: &'a [ImportedIntake],
    mut errors: Vec<FieldProblem>,
) -> Result<(Arc<PublishableForm>, Vec<Step<'a>>), Problem> {
    let Input { form_version, language, intakes } = &call.input;
    let (form, wrong) = gone_through(current, *form_version, language.as_deref());
    errors.extend(wrong);
    let mut steps = Vec::with_capacity(sent.len());
    for (index, (intake, sent)) in intakes.iter().zip(sent).enumerate() {
        if let Some(earlier) = sent.among(known) {
            steps.push(Step::Known(earlier));
            continue;
        }
        match intake.given().check(&call.caller.clinic, &current.form, call.now) {
            Ok(checked) => steps.push(Step::New(sent, checked)),
            Err(wrong) => {
                let at = |pointer: &str| format!("/intakes/{index}{pointer}");
                errors.extend(wrong.into_iter().map(|it| FieldProblem { pointer: at(&it.pointer), ..it }));
            }
        }
    }
    if errors.is_empty() { Ok((form, steps)) } else { Err(Problem::invalid_fields().with_errors(errors)) }
}

impl ImportIntakes {
    /// Has those told who answer for the clinic, before anything is imported. What is sent again on the same day has one alert.
    async fn tell(&self, call: &Call<Self>, key: &DataKey, sent: &[Sent]) -> Result<(), Problem> {
        let Staff { scope, clinic, staff, .. } = &call.caller;
        let alert = alert_of(sent, staff.record.staff, clinic.today(call.now), key);
        let alert = Alert::pending(alert, AlertEvent::BulkImport, call.now);
        let transaction = self.records.transaction(scope, &*self.setup.entropy);
        let transaction = transaction.create(Alert::TYPE, &alert)?;
        let trail = call.trail.clone().regarding(format!("intakes={}", sent.len()));
        match trail.begin(transaction).await {
            Ok(()) | Err(CommitError::Conflict(Alert::TYPE)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the steps, a few at once. Those that have begun are ended whatever becomes of the others.
    async fn import(
        &self,
        call: &Call<Self>,
        entering: &Entering<'_, permission::ImportIntakes>,
        steps: &[Step<'_>],
    ) -> Result<Vec<ImportedIntake>, Problem> {
        let mut imported = Vec::with_capacity(steps.len());
        for part in steps.chunks(AT_ONCE) {
            for done in join_all(part.iter().map(|step| self.take(call, entering, step))).await {
                imported.push(done?);
            }
        }
        Ok(imported)
    }

    async fn take(
        &self,
        call: &Call<Self>,
        entering: &Entering<'_, permission::ImportIntakes>,
        step: &Step<'_>,
    ) -> Result<ImportedIntake, Problem> {
        let (sent, checked) = match step {
            Step::Known(earlier) => return Ok((*earlier).clone()),
            Step::New(sent, checked) => (sent, checked),
        };
        let (scope, intake) = (&call.caller.scope, entering.intake(checked));
        let Sent { reference_mac, content_mac, .. } = (*sent).clone();
        let imported = ImportedIntake {
            reference_mac,
            content_mac,
            intake: intake.intake,
            patient: intake.patient,
            imported_at: call.now,
        };
        let transaction = self.records.transaction(scope, entering.entropy);
        let transaction = transaction.create(ImportedIntake::TYPE, &imported)?;
        let (transaction, _) = entering.add_to(transaction, &intake, checked).await?;
        let trail = call.trail.clone().about(intake.patient).regarding(format!("intake={}", intake.intake));
        match trail.commit(transaction).await {
            Ok(_) => Ok(imported),
            // Another request was quicker with it.
            Err(CommitError::Conflict(ImportedIntake::TYPE)) => {
                let place = keys::imported_intake(&sent.reference_mac);
                let earlier = self.records.get(scope, place).await?.map(|stored| stored.record);
                earlier.filter(|earlier| sent.is_again(earlier)).ok_or_else(Problem::conflict)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Answers what the intakes became, of which so many are new; the log has whom they are of.
async fn answer(
    call: &Call<ImportIntakes>,
    imported: Vec<ImportedIntake>,
    new: usize,
) -> Result<Audited<Reply<Output>>, Problem> {
    let resource = format!("intakes={};new={new}", imported.len());
    let line = |(entry, imported): (&Entry, ImportedIntake)| Line {
        reference: entry.reference.clone(),
        intake: imported.intake,
        patient: imported.patient,
        evaluation: EvaluationId::from(imported.intake),
        submitted_at: imported.imported_at,
    };
    let intakes: Vec<_> = call.input.intakes.iter().zip(imported).map(line).collect();
    let shown = intakes.iter().map(|line| format!("{}/{}", line.patient, line.evaluation)).collect();
    call.trail.clone().regarding(resource).after(shown, Reply::new(Output { intakes })).await
}
