//! Accepts agreements with the platform, signed by an owner. Once all of them hold, the clinic is active and patients' data
//! may be handled for it; one that registered by itself waits until an operator has verified it, too.
//!
//! The first signature under a version is the one that counts; to accept it again changes nothing.

use crate::list_agreements::{Output, signatures};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::agreement::{Acceptance, Agreement, AgreementKind, Signature, offered};
use visage_domain::audit::Purpose;
use visage_domain::clinic::Clinic;
use visage_domain::clock::utc_day;
use visage_domain::fields::Field;
use visage_domain::form::clean_name;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::operation::Empty;
use visage_platform::problem::FieldProblem;
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Subject, Vault, sha256_hex};

/// How often a change that came between is looked at anew.
const ATTEMPTS: usize = 3;

/// The operation.
pub struct AcceptAgreements {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// What is accepted, and who signs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The version of each that is accepted: the one that is offered, as it was read.
    agreements: Versions,
    /// The signer's full name.
    name: String,
    /// What the signer is to the clinic.
    title: String,
}

/// A version of one agreement or more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    terms: Option<String>,
    data_processing: Option<String>,
    business_associate: Option<String>,
}

impl Versions {
    fn each(&self) -> impl Iterator<Item = (AgreementKind, &str)> {
        let all = [
            (AgreementKind::Terms, &self.terms),
            (AgreementKind::DataProcessing, &self.data_processing),
            (AgreementKind::BusinessAssociate, &self.business_associate),
        ];
        all.into_iter().filter_map(|(kind, version)| Some((kind, version.as_deref()?)))
    }
}

impl Operation for AcceptAgreements {
    const INFO: Info = Info {
        name: "accept_agreements",
        method: "PUT",
        path: "/v1/clinic/agreements",
        purpose: Purpose::Operations,
        status: 200,
        body_limit: 4_096,
        background: false,
        phi: false,
        changes: false,
        problems: &[Problem::invalid_fields(), Problem::conflict(), Problem::clinic_closed()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Output::FIELDS;
    type Caller = Staff<permission::AcceptAgreements>;
    type Path = Empty;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    /// Who clicks twice at once, or while an operator changes where the clinic stands, is answered by what is found then.
    async fn handle(&self, mut call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let accepted = check(&mut call.input, call.now)?;
        for _ in 0..ATTEMPTS {
            match self.sign(&call, &accepted).await {
                Err(Problem { code, .. }) if code == Problem::conflict().code => {}
                done => return done,
            }
        }
        Err(Problem::conflict())
    }
}

impl AcceptAgreements {
    async fn sign(
        &self,
        call: &Call<Self>,
        accepted: &[&'static Agreement],
    ) -> Result<Audited<Reply<Output>>, Problem> {
        let Call { caller, input, trail, now, client, .. } = call;
        let clinic = self.records.get(&caller.scope, keys::clinic()).await?.ok_or_else(Problem::internal)?;
        let mut signed = signatures(&self.records, &caller.scope, &clinic.record, accepted).await?;
        let changed = with(&clinic.record, accepted, *now);
        if changed == clinic.record {
            return trail.after(Vec::new(), Reply::new(Output::of(&changed, &signed, *now))).await;
        }
        if !clinic.record.may_sign() {
            return Err(Problem::clinic_closed());
        }
        let key = self.vault.unwrap_key(&caller.scope, &clinic.record.key, Subject::Clinic).await?;
        let transaction = self.records.transaction(&caller.scope, &*self.setup.entropy);
        let mut transaction = transaction.replace(Clinic::TYPE, &clinic, &changed)?;
        let signature =
            Signature { name: input.name.clone(), title: input.title.clone(), client: client.clone() };
        for agreement in accepted {
            if signed.iter().any(|it| it.agreement == agreement.kind && it.version == agreement.version) {
                continue;
            }
            let acceptance = Acceptance {
                agreement: agreement.kind,
                version: agreement.version.to_owned(),
                text_sha256: sha256_hex(agreement.text.as_bytes()),
                accepted_by: caller.staff.record.staff,
                accepted_at: *now,
            };
            transaction = transaction.create_sealed(Acceptance::TYPE, &acceptance, &signature, &key)?;
            signed.push(acceptance);
        }
        match trail.clone().regarding(resource(&changed, accepted)).commit(transaction).await {
            Ok(audited) => Ok(audited.map(|()| Reply::new(Output::of(&changed, &signed, *now)))),
            Err(CommitError::Conflict(_)) => Err(Problem::conflict()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The clinic with these accepted; active, if it only waited for them.
fn with(clinic: &Clinic, accepted: &[&Agreement], now: Timestamp) -> Clinic {
    let mut signed = clinic.clone();
    signed.agreements.extend(accepted.iter().map(|it| (it.kind, it.version.to_owned())));
    signed.begun(now)
}

fn resource(signed: &Clinic, accepted: &[&Agreement]) -> String {
    let new: Vec<_> = accepted.iter().map(|it| format!("{}={}", it.kind.code(), it.version)).collect();
    format!("{};status={}", new.join(";"), signed.status.code())
}

/// Checks everything, naming every wrong field at once; answers what is accepted.
fn check(input: &mut Input, now: Timestamp) -> Result<Vec<&'static Agreement>, Problem> {
    let (mut errors, mut accepted) = (Vec::new(), Vec::new());
    let today = utc_day(now);
    if input.agreements.each().next().is_none() {
        errors.push(FieldProblem::new("/agreements", "required"));
    }
    for (kind, version) in input.agreements.each() {
        match offered(kind, today).filter(|it| it.version == version) {
            Some(agreement) => accepted.push(agreement),
            None => errors.push(FieldProblem::new(format!("/agreements/{}", kind.code()), "not_offered")),
        }
    }
    for (text, pointer, code) in
        [(&mut input.name, "/name", "invalid_name"), (&mut input.title, "/title", "invalid_title")]
    {
        match clean_name(text) {
            Some(clean) => *text = clean,
            None => errors.push(FieldProblem::new(pointer, code)),
        }
    }
    if errors.is_empty() { Ok(accepted) } else { Err(Problem::invalid_fields().with_errors(errors)) }
}
