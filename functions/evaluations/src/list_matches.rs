//! Likely the same patient: records with the same birth date and phone number or e-mail address, and what staff said of
//! them. An operation of its own, so that opening an evaluation doesn't wait for it.

use crate::group::Links;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use visage_domain::audit::Purpose;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{PatientId, StaffId};
use visage_domain::keys::PatientKey;
use visage_domain::matching::{MatchDecision, MatchEntry, MatchField, Verdict};
use visage_domain::patient::Patient;
use visage_domain::permission;
use visage_domain::phi::Phi;
use visage_platform::operation::{Empty, etag};
use visage_platform::{Audited, Call, Info, Operation, Problem, Reply, Setup, SetupError, Staff};
use visage_store::records::{Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

/// The most records that are shown at once: their patients and keys come in one call of at most 100 items.
const MOST: usize = 50;

/// The operation.
pub struct ListMatches {
    records: Records,
    vault: Vault,
}

/// Like whom.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub struct Path {
    patient: PatientId,
}

/// The records.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    matches: Vec<Line>,
    /// How many more there are. Those that nobody decided on come first, the newest of them before the rest: who decides
    /// gets to see the next.
    more: usize,
}

/// A record of likely the same patient, with as much as it takes to decide.
#[derive(Serialize, JsonSchema)]
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
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DecidedMatch")]
pub struct Decided {
    verdict: Verdict,
    decided_by: StaffId,
    decided_at: Timestamp,
}

impl Line {
    const FIELDS: &'static [Field] = &[
        shown("patient"),
        shown("name"),
        shown("birthDate"),
        shown("since"),
        shown("inCommon"),
        shown("decision").of(&[shown("verdict"), shown("decidedBy"), shown("decidedAt")]),
        shown("etag"),
    ];
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
        changes: false,
        problems: &[],
        headers: &[],
    };
    const FIELDS: &'static [Field] = &[shown("matches").of(Line::FIELDS), shown("more")];
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
        let sharing = patient.record.matches.iter().map(|it| self.records.sharing(scope, *it));
        let mut others: BTreeMap<PatientId, Other> = BTreeMap::new();
        for (other, decision) in &links.decisions {
            others.entry(*other).or_default().decision = Some(decision);
        }
        for entry in try_join_all(sharing).await?.into_iter().flatten().filter(|it| it.patient != own) {
            others.entry(entry.patient).or_default().share(&entry);
        }
        let more = others.len().saturating_sub(MOST);
        let matches = self.lines(&call, foremost(others)).await?;
        let shown = matches.iter().map(|line| line.patient.to_string()).collect();
        call.trail.after(shown, Reply::new(Output { matches, more })).await
    }
}

impl ListMatches {
    async fn lines(
        &self,
        call: &Call<Self>,
        others: Vec<(PatientId, Other<'_>)>,
    ) -> Result<Vec<Line>, Problem> {
        let scope = &call.caller.scope;
        let ids: Vec<PatientId> = others.iter().map(|(id, _)| *id).collect();
        let mut found = self.records.patients_with_keys(scope, &ids).await?;
        let keys: Vec<Stored<PatientKey>> = found.take_all()?;
        let keys: HashMap<_, _> = keys.into_iter().map(|key| (key.record.patient, key.record)).collect();
        let patients: Vec<Stored<Patient>> = found.take_all()?;
        let patients: HashMap<_, _> = patients.into_iter().map(|it| (it.record.patient, it)).collect();
        let mut lines = Vec::new();
        for (id, Other { in_common, decision, .. }) in others {
            let (Some(patient), Some(wrapped)) = (patients.get(&id), keys.get(&id)) else { continue };
            let key = self.vault.unwrap_key(scope, &wrapped.key, Subject::Patient(id)).await?;
            let identity = patient.open(&key)?;
            lines.push(Line {
                patient: id,
                name: Phi::new(identity.full_name()),
                birth_date: identity.birth_date,
                since: patient.record.created_at,
                in_common: in_common.into_iter().collect(),
                decision: decision.map(decided),
                etag: etag(decision.map_or(0, |decision| decision.number.into())),
            });
        }
        Ok(lines)
    }
}

/// Another record, and what is known of it before it is read.
#[derive(Clone, Debug, Default, PartialEq)]
struct Other<'a> {
    in_common: BTreeSet<MatchField>,
    decision: Option<&'a MatchDecision>,
    since: Option<Timestamp>,
}

impl Other<'_> {
    fn share(&mut self, entry: &MatchEntry) {
        self.in_common.insert(entry.field);
        self.since = Some(entry.since);
    }
}

/// Those that are shown: first those that nobody decided on, the newest before the rest.
fn foremost(others: BTreeMap<PatientId, Other<'_>>) -> Vec<(PatientId, Other<'_>)> {
    let mut others: Vec<_> = others.into_iter().collect();
    others.sort_by_key(|(_, other)| (other.decision.is_some(), std::cmp::Reverse(other.since)));
    others.truncate(MOST);
    others
}

const fn decided(decision: &MatchDecision) -> Decided {
    let MatchDecision { verdict, decided_by, decided_at, .. } = *decision;
    Decided { verdict, decided_by, decided_at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn patient(number: u8) -> PatientId {
        PatientId::from_bits([number; 16])
    }

    #[test]
    fn what_nobody_decided_on_is_never_hidden_by_what_somebody_did() {
        let decision = MatchDecision {
            patient: patient(0),
            other: patient(1),
            number: 1,
            verdict: Verdict::Different,
            decided_by: StaffId::from_bits([1; 16]),
            decided_at: Timestamp::UNIX_EPOCH,
        };
        let at = |number: u8| Some(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(number.into()));
        let decided = |number| Other { decision: Some(&decision), since: at(number), ..Other::default() };
        let open = |number| Other { since: at(number), ..Other::default() };
        let mut others: BTreeMap<_, _> = (1..=60).map(|number| (patient(number), decided(number))).collect();
        others.insert(patient(100), open(1));
        others.insert(patient(101), open(2));
        let shown = foremost(others);
        assert_eq!(shown.len(), MOST);
        let first: Vec<_> = shown.iter().take(3).map(|(id, _)| *id).collect();
        assert_eq!(first, [patient(101), patient(100), patient(60)]);
    }
}
