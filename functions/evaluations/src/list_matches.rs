//! Likely the same patient: records with the same birth date and phone number or e-mail address, and what staff said of
//! them. An operation of its own, so that opening an evaluation doesn't wait for it.

use crate::group::Links;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use visage_domain::audit::Purpose;
use visage_domain::ids::{PatientId, StaffId};
use visage_domain::keys::PatientKey;
use visage_domain::matching::{MatchDecision, MatchField, Verdict};
use visage_domain::patient::Patient;
use visage_domain::permission;
use visage_domain::phi::Phi;
use visage_platform::operation::{Empty, etag};
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

/// The most records that are proposed: their patients and keys come in one call of at most 100 items.
const MOST: usize = 50;

/// The operation.
pub struct ListMatches {
    records: Records,
    vault: Vault,
}

/// Like whom.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Path {
    patient: PatientId,
}

/// The records.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    matches: Vec<Line>,
}

/// A record of likely the same patient, with as much as it takes to decide.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    patient: PatientId,
    name: Phi<String>,
    birth_date: Phi<Date>,
    /// When the record began.
    since: Timestamp,
    /// What both have; nothing where they were linked otherwise.
    in_common: Vec<MatchField>,
    /// What was decided last.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decided>,
    /// The tag that the next decision is based on.
    etag: String,
}

/// What was decided.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    verdict: Verdict,
    decided_by: StaffId,
    decided_at: Timestamp,
}

impl Operation for ListMatches {
    const INFO: Info = Info {
        name: "list_matches",
        method: "GET",
        path: "/v1/patients/{patient}/matches",
        purpose: Purpose::Treatment,
        status: 200,
        body_limit: 0,
        background: false,
        phi: true,
    };
    type Caller = Staff<permission::ListMatches>;
    type Path = Path;
    type Input = Empty;
    type Output = Output;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { records: setup.records()?, vault: setup.vault()? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Output>>, Problem> {
        if call.caller.patient_key.is_none() {
            return Err(Problem::not_found());
        }
        let (scope, own) = (&call.caller.scope, call.path.patient);
        let (patient, links) =
            tokio::join!(self.records.get(scope, keys::patient(own)), Links::read(&self.records, scope, own));
        // Before the intake is handed in there is nobody to be like.
        let (patient, links) = (patient?.ok_or_else(Problem::not_found)?, links?);
        let limit = i32::try_from(MOST).unwrap_or(i32::MAX);
        let sharing = patient.record.matches.iter().map(|it| self.records.sharing(scope, *it, limit));
        let mut in_common: BTreeMap<PatientId, BTreeSet<MatchField>> = BTreeMap::new();
        for other in links.decisions.keys() {
            in_common.entry(*other).or_default();
        }
        for entry in try_join_all(sharing).await?.into_iter().flatten().filter(|it| it.patient != own) {
            in_common.entry(entry.patient).or_default().insert(entry.field);
        }
        let matches = self.lines(&call, in_common, &links.decisions).await?;
        let shown = matches.iter().map(|line| line.patient.to_string()).collect();
        call.trail.after(shown, Reply::new(Output { matches })).await
    }
}

impl ListMatches {
    async fn lines(
        &self,
        call: &Call<Self>,
        in_common: BTreeMap<PatientId, BTreeSet<MatchField>>,
        decisions: &BTreeMap<PatientId, MatchDecision>,
    ) -> Result<Vec<Line>, Problem> {
        let scope = &call.caller.scope;
        let others: Vec<PatientId> = in_common.keys().copied().take(MOST).collect();
        let mut found = self.records.patients_with_keys(scope, &others).await?;
        let keys: Vec<Stored<PatientKey>> = found.take_all()?;
        let keys: HashMap<_, _> = keys.into_iter().map(|key| (key.record.patient, key.record)).collect();
        let mut lines = Vec::new();
        for patient in found.take_all::<Patient>()? {
            let id = patient.record.patient;
            let Some(wrapped) = keys.get(&id) else { continue };
            let key = self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(id)).await?;
            let identity = patient.open(&key)?;
            let decision = decisions.get(&id);
            lines.push(Line {
                patient: id,
                name: Phi::new(identity.full_name()),
                birth_date: identity.birth_date,
                since: patient.record.created_at,
                in_common: in_common.get(&id).into_iter().flatten().copied().collect(),
                decision: decision.map(decided),
                etag: etag(decision.map_or(0, |decision| decision.number.into())),
            });
        }
        lines.sort_by_key(|line| std::cmp::Reverse(line.since));
        Ok(lines)
    }
}

const fn decided(decision: &MatchDecision) -> Decided {
    let MatchDecision { verdict, decided_by, decided_at, .. } = *decision;
    Decided { verdict, decided_by, decided_at }
}
