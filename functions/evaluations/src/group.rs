//! The records that staff said are one person's.

use futures_util::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};
use visage_domain::ids::PatientId;
use visage_domain::matching::{MatchDecision, Verdict, VisitEntry, last_decisions};
use visage_domain::scope::Scope;
use visage_store::StoreError;
use visage_store::records::Records;

/// The most records of one person that are followed: who wrote more intakes is rare, and no click reads without end.
pub(crate) const MOST: usize = 20;

/// What is known of one record: its visits, and whom it was compared with.
pub(crate) struct Links {
    pub(crate) visits: Vec<VisitEntry>,
    pub(crate) decisions: BTreeMap<PatientId, MatchDecision>,
}

impl Links {
    /// Reads it, in one query.
    pub(crate) async fn read<P>(
        records: &Records,
        scope: &Scope<P>,
        patient: PatientId,
    ) -> Result<Self, StoreError> {
        let mut found = records.links(scope, patient).await?;
        let decisions = found.take_all::<MatchDecision>()?.into_iter().map(|stored| stored.record);
        let visits = found.take_all::<VisitEntry>()?.into_iter().map(|stored| stored.record);
        Ok(Self { decisions: last_decisions(decisions), visits: visits.collect() })
    }

    fn same(&self) -> impl Iterator<Item = PatientId> {
        let same = self.decisions.values().filter(|decision| decision.verdict == Verdict::Same);
        same.map(|decision| decision.other)
    }

    fn different(&self) -> impl Iterator<Item = PatientId> {
        let different = self.decisions.values().filter(|decision| decision.verdict == Verdict::Different);
        different.map(|decision| decision.other)
    }
}

/// The records of one person, `patient`'s own first: those linked to it, and those linked to these. One query for each,
/// those of a step at the same time. Whom staff told apart from `patient` isn't followed, whatever links to them.
pub(crate) async fn group<P>(
    records: &Records,
    scope: &Scope<P>,
    patient: PatientId,
) -> Result<Vec<Links>, StoreError> {
    let own = Links::read(records, scope, patient).await?;
    let mut known: BTreeSet<PatientId> = own.different().chain([patient]).collect();
    let mut found = vec![own];
    let mut step = 0;
    while step < found.len() {
        let next: BTreeSet<PatientId> = found[step..].iter().flat_map(Links::same).collect();
        let next: Vec<PatientId> =
            next.difference(&known).copied().take(MOST.saturating_sub(found.len())).collect();
        known.extend(&next);
        step = found.len();
        found.extend(try_join_all(next.into_iter().map(|next| Links::read(records, scope, next))).await?);
    }
    Ok(found)
}
