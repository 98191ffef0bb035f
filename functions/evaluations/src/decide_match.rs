//! Says whether two records are the same patient's.
//!
//! "Same" links them: each shows the other's visits. Nothing is merged, so nothing is lost if it turns out wrong: the
//! next decision says otherwise, with a reason, and the links go. All decisions are kept, with both records.

use crate::wrong_fields;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use visage_domain::audit::Purpose;
use visage_domain::evaluation::Reason;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::PatientId;
use visage_domain::keys::PatientKey;
use visage_domain::matching::{MatchDecision, Verdict};
use visage_domain::patient::Patient;
use visage_domain::permission;
use visage_domain::retention::Record;
use visage_platform::operation::{check_tag, etag};
use visage_platform::{Audited, Call, Header, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{CommitError, Records};
use visage_store::vault::{Subject, Vault};

use crate::group::Links;

/// The operation.
pub struct DecideMatch {
    records: Records,
    vault: Vault,
    setup: Setup,
}

/// Which two.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
    other: PatientId,
}

/// What is decided.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    verdict: Verdict,
    /// Needed where it was decided otherwise before.
    #[serde(default)]
    reason: Reason,
}

/// What holds now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    verdict: Verdict,
}

impl Operation for DecideMatch {
    const INFO: Info = Info {
        name: "decide_match",
        method: "PUT",
        path: "/v1/patients/{patient}/matches/{other}",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 8 * 1024,
        background: false,
        phi: true,
        changes: true,
        problems: &[Problem::invalid_fields()],
        headers: &[Header::IfMatch, Header::ETag],
    };
    const FIELDS: &'static [Field] = &[shown("verdict")];
    type Caller = Staff<permission::DecideMatch>;
    type Path = Path;
    type Input = Input;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()?, setup: setup.clone() })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        let (scope, Path { patient, other }) = (&call.caller.scope, call.path);
        if patient == other {
            return Err(Problem::not_found());
        }
        let two = [patient, other];
        let (found, links) = tokio::join!(
            self.records.patients_with_keys(scope, &two),
            Links::read(&self.records, scope, patient)
        );
        let (mut found, links) = (found?, links?);
        let (patients, keys) = (found.take_all::<Patient>()?, found.take_all::<PatientKey>()?);
        let (true, [first, second]) = (patients.len() == 2, keys.as_slice()) else {
            return Err(Problem::not_found());
        };
        let last = links.decisions.get(&other);
        let number = last.map_or(0, |last| last.number);
        check_tag(call.if_match.as_deref(), etag(number.into()))?;
        let verdict = call.input.verdict;
        let is_reversed = last.is_some_and(|last| last.verdict != verdict);
        call.input.reason.check(is_reversed, "/reason").map_or(Ok(()), |error| Err(wrong_fields([error])))?;
        let decision = MatchDecision {
            patient,
            other,
            number: number + 1,
            verdict,
            decided_by: call.caller.staff.record.staff,
            decided_at: call.now,
        };
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy);
        for wrapped in [&first.record, &second.record] {
            let kept = if wrapped.patient == patient { decision.clone() } else { decision.mirrored() };
            let key = self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(wrapped.patient)).await?;
            transaction = transaction.create_sealed(MatchDecision::TYPE, &kept, &call.input.reason, &key)?;
        }
        match call.trail.commit(transaction).await {
            Ok(audited) => {
                Ok(audited.map(|()| Reply::new(Output { verdict }).with_etag(decision.number.into())))
            }
            Err(CommitError::Conflict(_)) => {
                let now = Links::read(&self.records, scope, patient).await?;
                let number = now.decisions.get(&other).map_or(0, |last| last.number);
                Err(Problem::changed_meanwhile().with_etag(etag(number.into())))
            }
            Err(error) => Err(error.into()),
        }
    }
}
