//! What the audit log tells of each user, entry by entry.

use super::tally::Tally;
use super::used::{named, permission_of};
use crate::audit::{AuditEntry, Outcome};
use crate::ids::{PatientId, StaffId};
use crate::principal::Actor;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The operation by which somebody signs in.
pub const SIGN_IN: &str = "start_session";

/// What one user did.
#[derive(Clone, Debug, Default)]
pub struct Deeds {
    /// The last time they signed in.
    pub last_sign_in: Option<Timestamp>,
    /// The patients of whom they were shown something, or with whom they did something; those that lists showed included.
    pub patients: HashSet<PatientId>,
    /// Those of them that only a broken glass showed.
    pub in_emergencies: HashSet<PatientId>,
    /// The permissions of their roles that they used.
    pub used: BTreeSet<&'static str>,
}

impl Deeds {
    /// Adds what a piece of the log told. What is told twice counts once.
    pub fn add(&mut self, tally: &Tally) {
        self.last_sign_in = self.last_sign_in.max(tally.last_sign_in);
        self.patients.extend(&tally.patients);
        self.in_emergencies.extend(&tally.in_emergencies);
        self.used.extend(tally.used.iter().filter_map(|name| named(name)));
    }
}

/// What everybody did, as far as it was allowed and came to something. Holds what a review needs and no entry for longer than
/// the request it is of.
#[derive(Debug, Default)]
pub struct Activity {
    users: HashMap<StaffId, Deeds>,
    /// How many patients are held of all users together.
    held: usize,
    /// Entries of one instant, which those of one request share.
    together: Vec<AuditEntry>,
}

impl Activity {
    /// Takes the next entry of the log, in its order.
    pub fn add(&mut self, entry: AuditEntry) {
        let instant = |entry: &AuditEntry| entry.at.as_microsecond();
        if self.together.first().is_some_and(|first| instant(first) != instant(&entry)) {
            self.settle();
        }
        self.together.push(entry);
    }

    /// The instant of the entries that came last: more of it may come.
    pub fn instant(&self) -> Option<Timestamp> {
        self.together.first().map(|entry| entry.at)
    }

    /// How many patients it holds, those of each user counted singly.
    pub const fn held(&self) -> usize {
        self.held
    }

    /// What each user did before that instant. Who goes on later reads it again.
    pub fn before_instant(self) -> HashMap<StaffId, Deeds> {
        self.users
    }

    /// What each user did, once the log is read.
    pub fn by_user(mut self) -> HashMap<StaffId, Deeds> {
        self.settle();
        self.users
    }

    /// What was granted while it ran came to nothing if its request was refused or failed after all. What was done by then stands:
    /// of an import that breaks off, the intakes that it entered.
    fn settle(&mut self) {
        let entries = std::mem::take(&mut self.together);
        let ended_badly =
            |entry: &AuditEntry| matches!(entry.outcome, Outcome::Refused { .. } | Outcome::Failed { .. });
        let came_to_nothing = |entry: &AuditEntry| {
            entry.outcome != Outcome::Done
                && entries.iter().any(|it| it.request == entry.request && ended_badly(it))
        };
        for entry in entries.iter().filter(|entry| !came_to_nothing(entry)) {
            self.count(entry);
        }
    }

    fn count(&mut self, entry: &AuditEntry) {
        let Actor::Staff { staff, .. } = &entry.actor else { return };
        let deeds = self.users.entry(*staff).or_default();
        if entry.action == SIGN_IN {
            deeds.last_sign_in = deeds.last_sign_in.max(Some(entry.at));
        }
        let before = deeds.patients.len() + deeds.in_emergencies.len();
        deeds.patients.extend(patients_of(entry));
        if entry.is_by_broken_glass() {
            deeds.in_emergencies.extend(patients_of(entry));
        } else {
            deeds.used.extend(permission_of(&entry.action));
        }
        self.held += deeds.patients.len() + deeds.in_emergencies.len() - before;
    }
}

/// The patients that an entry is about: the one that was asked for, and those of a list.
fn patients_of(entry: &AuditEntry) -> impl Iterator<Item = PatientId> {
    let listed = entry.shown.iter().filter_map(|shown| shown.split('/').next()?.parse::<PatientId>().ok());
    entry.patient.into_iter().chain(listed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::audit::{ClientRef, Purpose, break_glass_mark};
    use crate::ids::{AccessReviewId, AuditId, BreakGlassId, EvaluationId, TallyId};
    use crate::principal::Role;
    use jiff::SignedDuration;

    const USER: StaffId = StaffId::from_bits([1; 16]);

    fn patient(number: u8) -> PatientId {
        PatientId::from_bits([number; 16])
    }

    fn entry(second: i64, action: &str, outcome: Outcome) -> AuditEntry {
        AuditEntry {
            entry: AuditId::from_bits([1; 16]),
            at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second),
            clinic: None,
            actor: Actor::Staff { staff: USER, roles: vec![Role::Provider] },
            action: action.to_owned(),
            resource: String::new(),
            patient: None,
            shown: Vec::new(),
            purpose: Purpose::Treatment,
            outcome,
            request: format!("request-{second}"),
            client: ClientRef::Internal,
        }
    }

    fn opened(second: i64, number: u8) -> AuditEntry {
        AuditEntry { patient: Some(patient(number)), ..entry(second, "open_evaluation", Outcome::Granted) }
    }

    fn tally(entries: Vec<AuditEntry>) -> Deeds {
        let mut activity = Activity::default();
        entries.into_iter().for_each(|entry| activity.add(entry));
        activity.by_user().remove(&USER).unwrap_or_default()
    }

    #[test]
    fn a_patient_counts_once_however_they_were_met() {
        let shown = |number| format!("{}/{}", patient(number), EvaluationId::from_bits([9; 16]));
        let listed = AuditEntry {
            // A list of something else names nobody.
            shown: vec![shown(1), shown(2), patient(3).to_string(), "ses_x".into(), String::new()],
            ..entry(3, "list_evaluations", Outcome::Done)
        };
        let deeds = tally(vec![opened(1, 1), opened(2, 1), listed]);
        assert_eq!(deeds.patients, [1, 2, 3].map(patient).into());
        assert_eq!(deeds.used, ["evaluation.list", "evaluation.open"].into());
        assert!(deeds.in_emergencies.is_empty() && deeds.last_sign_in.is_none());
    }

    #[test]
    fn what_was_refused_after_all_touched_nobody() {
        let refused = || Outcome::Refused { code: "not_found".into() };
        for order in [[0, 1], [1, 0]] {
            let both = [opened(1, 1), AuditEntry { outcome: refused(), ..opened(1, 1) }];
            let mut entries: Vec<_> = order.iter().map(|&at: &usize| both[at].clone()).collect();
            // Another request of the same instant is none of its business.
            entries.insert(1, AuditEntry { request: "another".into(), ..opened(1, 2) });
            let deeds = tally(entries);
            assert_eq!(deeds.patients, [patient(2)].into());
        }
        let failed = tally(vec![entry(1, "sign_evaluation", Outcome::Failed { code: "internal".into() })]);
        assert!(failed.used.is_empty());
    }

    #[test]
    fn a_log_that_is_read_in_two_pieces_tells_the_same_wherever_it_was_cut() {
        let refused = Outcome::Refused { code: "not_found".into() };
        let all = [
            entry(1, SIGN_IN, Outcome::Done),
            opened(2, 1),
            AuditEntry { outcome: refused, ..opened(2, 1) },
            opened(3, 2),
            opened(4, 3),
        ];
        let whole = tally(all.to_vec());
        for cut in 1..=all.len() {
            let mut first = Activity::default();
            all[..cut].iter().cloned().for_each(|entry| first.add(entry));
            let instant = first.instant().unwrap();
            let kept = first.before_instant().remove(&USER).unwrap_or_default();
            let mut joined = tally(all.iter().filter(|entry| entry.at >= instant).cloned().collect());
            joined.add(&Tally {
                access_review: AccessReviewId::from_bits([1; 16]),
                tally: TallyId::from_bits([1; 16]),
                staff: USER,
                last_sign_in: kept.last_sign_in,
                patients: kept.patients.into_iter().collect(),
                in_emergencies: kept.in_emergencies.into_iter().collect(),
                used: kept.used.into_iter().map(str::to_owned).collect(),
                kept_at: instant,
            });
            assert_eq!(joined.patients, [2, 3].map(patient).into(), "cut at {cut}");
            assert_eq!((joined.last_sign_in, joined.used), (whole.last_sign_in, whole.used.clone()));
        }
    }

    #[test]
    fn the_last_sign_in_counts_and_those_of_others_do_not() {
        let sign_in = |second| entry(second, SIGN_IN, Outcome::Done);
        let other = AuditEntry {
            actor: Actor::Staff { staff: StaffId::from_bits([2; 16]), roles: Vec::new() },
            ..sign_in(9)
        };
        let system = AuditEntry { actor: Actor::Function { name: SIGN_IN.into() }, ..sign_in(10) };
        let refused = entry(8, SIGN_IN, Outcome::Refused { code: "conflict".into() });
        let deeds = tally(vec![sign_in(1), sign_in(5), refused, other, system]);
        assert_eq!(deeds.last_sign_in, Some(Timestamp::from_second(5).unwrap()));
    }

    #[test]
    fn what_was_done_stands_however_its_request_ended() {
        let failed = AuditEntry {
            outcome: Outcome::Failed { code: "unavailable".into() },
            ..entry(1, "import_intakes", Outcome::Done)
        };
        let done = AuditEntry { patient: Some(patient(1)), ..entry(1, "import_intakes", Outcome::Done) };
        let deeds = tally(vec![done, opened(1, 2), failed]);
        assert_eq!(deeds.patients, [patient(1)].into());
        assert_eq!(deeds.used, ["intakes.import"].into());
    }

    #[test]
    fn what_a_broken_glass_showed_is_told_apart_and_uses_no_role() {
        let mark = break_glass_mark(BreakGlassId::from_bits([5; 16]));
        let by_glass = AuditEntry { resource: format!("patient={}{mark}", patient(1)), ..opened(1, 1) };
        let deeds = tally(vec![by_glass, opened(2, 2)]);
        assert_eq!(deeds.in_emergencies, [patient(1)].into());
        assert_eq!(deeds.patients, [1, 2].map(patient).into());
        let mark = break_glass_mark(BreakGlassId::from_bits([5; 16]));
        let alone = AuditEntry { resource: mark, ..entry(1, "list_evaluations", Outcome::Done) };
        assert!(tally(vec![alone]).used.is_empty());
    }
}
