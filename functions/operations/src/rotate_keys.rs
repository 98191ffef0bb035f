//! Puts a clinic's next branch key in the place of its last, and wraps again by the newest what an older one still wraps: the
//! clinic's own data key at once, its patients' bit by bit. What they sealed stays as it is
//! (`docs/decisions/0051-branch-keys-are-rotated.md`).
//!
//! Comes by the clock, every day, and goes round all clinics; what one run leaves the next one does. An engineer who names a
//! clinic has its key rotated at once, however young it is. Killed anywhere, or run twice at once, it loses nothing: a branch
//! key is stored together with the clinic's own key under it, and every key is replaced only as it was read.

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;
use std::time::Duration;
use visage_domain::audit::Purpose;
use visage_domain::clinic::Clinic;
use visage_domain::ids::{ClinicId, PatientId};
use visage_domain::keys::{BranchKey, PatientKey};
use visage_domain::permission;
use visage_domain::principal::{Actor, Principal};
use visage_domain::retention::Record;
use visage_domain::scope::{Scope, authorize};
use visage_platform::{Audited, Errand, Occasion, Setup, SetupError, Trail, WorkerInfo};
use visage_store::StoreError;
use visage_store::directory::{ClinicEntry, Directory};
use visage_store::records::{CommitError, Records, Stored, keys};
use visage_store::vault::{Subject, Vault};

type Key = Scope<permission::RotateKeys>;

/// How often a rotation is tried that meets another change of its clinic.
const TRIES: u32 = 3;
/// How many keys one transaction replaces.
const AT_ONCE: usize = 25;
/// The most such transactions at a clinic in one run.
const MOST: usize = 160;
/// How many keys a run looks for: what these hold, and one more, to tell whether something is left.
const LOOKED_FOR: i32 = 4001;
/// How long it waits between two of them: a hundred keys a second of a clinic leave the table to those who work.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a run goes on wrapping: its function lives for two minutes (`infra/operations.yaml`).
const PATIENCE: SignedDuration = SignedDuration::from_secs(80);

/// What the clock, or an engineer, asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Order {
    /// Whose key is rotated at once; if it isn't said, every clinic's whose key has served its time.
    clinic: Option<ClinicId>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    clinics: usize,
    /// How many branch keys were made.
    rotated: usize,
    /// How many patients' keys were wrapped again.
    rewrapped: usize,
    /// How many it knew of and left for the next run.
    left: usize,
}

/// How a run goes about a clinic.
#[derive(Clone, Copy, Debug)]
struct Turn {
    clinic: ClinicId,
    /// Whether its key is rotated however young it is.
    at_once: bool,
    now: Timestamp,
}

/// The errand.
#[derive(Clone, Debug)]
pub struct RotateKeys {
    records: Records,
    directory: Directory,
    vault: Vault,
    setup: Setup,
}

impl Errand for RotateKeys {
    const INFO: WorkerInfo = WorkerInfo { name: "rotate_keys", purpose: Purpose::Security };
    type Event = Order;
    type Outcome = Rotation;

    fn build(setup: &Setup) -> Result<Self, SetupError> {
        let (records, directory, vault) = (setup.records()?, setup.directory()?, setup.vault()?);
        Ok(Self { records, directory, vault, setup: setup.clone() })
    }

    async fn run(&self, order: Order, occasion: Occasion<'_>) -> Result<Rotation, Error> {
        let now = occasion.now;
        let (total, failed) = if let Some(clinic) = order.clinic {
            let trail = occasion.trail(clinic, String::new())?;
            let total = self.attend(Turn { clinic, at_once: true, now }, &trail).await?;
            (total, (total.clinics == 0).then(|| Error::from("there is no such clinic")))
        } else {
            let turn = |it: ClinicEntry, trail: Trail| {
                let (errand, turn) = (self.clone(), Turn { clinic: it.clinic, at_once: false, now });
                async move { errand.attend(turn, &trail).await }
            };
            occasion.round(&self.directory, turn).await?
        };
        let Rotation { clinics, rotated, rewrapped, left } = total;
        tracing::info!(request = occasion.request, clinics, rotated, rewrapped, left, "rotated");
        failed.map_or(Ok(total), Err)
    }
}

impl RotateKeys {
    /// Rotates a clinic's key if that is asked for or due, and wraps again what an older one wraps. Wherever the clinic stands:
    /// what is kept of one that is closed is to be as safe.
    async fn attend(&self, turn: Turn, trail: &Trail) -> Result<Rotation, Error> {
        let actor = Actor::Function { name: Self::INFO.name.to_owned() };
        let scope: Key = authorize(&Principal { clinic: turn.clinic, actor })?;
        let Some((version, is_new)) = self.newest(&scope, trail, turn).await? else {
            return Ok(Rotation::default());
        };
        let (rewrapped, left) = self.rewrap(&scope, trail, version, turn.now).await?;
        Ok(Rotation { clinics: 1, rotated: usize::from(is_new), rewrapped, left })
    }

    /// The version of the clinic's newest branch key, and whether it was made just now; none if there is no such clinic.
    async fn newest(&self, scope: &Key, trail: &Trail, turn: Turn) -> Result<Option<(u32, bool)>, Error> {
        let mut met = "nothing";
        for _ in 0..TRIES {
            let Some(clinic) = self.records.get(scope, keys::clinic()).await? else {
                return Ok(None);
            };
            let version = clinic.record.key.branch;
            if !turn.at_once && !self.has_served(scope, version, turn.now).await? {
                return Ok(Some((version, false)));
            }
            match self.rotate(scope, trail, &clinic, turn.now).await {
                Ok((version, true)) => return Ok(Some((version, true))),
                // It was restored as it had been before a rotation: from where it is now, it is looked at again.
                Ok((_, false)) => met = "an earlier rotation",
                // Another run was quicker, or the clinic was changed in that moment: as it is now, it is looked at again.
                Err(CommitError::Conflict(label)) => met = label,
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(CommitError::Conflict(met).into())
    }

    async fn has_served(&self, scope: &Key, version: u32, now: Timestamp) -> Result<bool, StoreError> {
        let missing = StoreError::DoesNotOpen { what: "branch key" };
        let stored = self.records.get(scope, keys::branch_key(version)).await?.ok_or(missing)?;
        Ok(stored.record.has_served(now))
    }

    /// Makes the clinic's next branch key and stores it, and the clinic's own key under it, together: from here on new patients'
    /// keys are made under it. If there is a next one already it takes that. Answers its version, and whether it was made now.
    async fn rotate(
        &self,
        scope: &Key,
        trail: &Trail,
        clinic: &Stored<Clinic>,
        now: Timestamp,
    ) -> Result<(u32, bool), CommitError> {
        let (vault, own, transaction) =
            (&self.vault, &clinic.record.key, self.records.transaction(scope, &*self.setup.entropy));
        let next = own.branch.saturating_add(1);
        let is_there = self.records.get(scope, keys::branch_key(next)).await?.is_some();
        let (key, transaction) = if is_there {
            (vault.rewrap_key(scope, own, Subject::Clinic, next).await?, transaction)
        } else {
            let (branch, key) = vault.next_branch_key(scope, own, now).await?;
            (key, transaction.create(BranchKey::TYPE, &branch)?)
        };
        let transaction =
            transaction.replace(Clinic::TYPE, clinic, &Clinic { key, ..clinic.record.clone() })?;
        let trail = trail.clone().regarding(format!("branch_key={next}"));
        let _: Audited<()> = trail.commit(transaction).await?;
        Ok((next, !is_there))
    }

    /// Wraps patients' keys again that are under an older version, as far as time goes. Answers how many, and how many it left.
    async fn rewrap(
        &self,
        scope: &Key,
        trail: &Trail,
        version: u32,
        began: Timestamp,
    ) -> Result<(usize, usize), Error> {
        let older = self.records.keyed_before(scope, version, LOOKED_FOR).await?;
        let (mut rewrapped, mut left, mut failed, mut rest) = (0, 0, None, older.as_slice());
        for _ in 0..MOST {
            let (some, behind) = rest.split_at(rest.len().min(AT_ONCE));
            if some.is_empty() || !goes_on(began, self.setup.clock.now()) {
                break;
            }
            match self.rewrap_some(scope, trail, version, some).await {
                Ok((done, not_done)) => {
                    rewrapped += done;
                    left += not_done;
                }
                // The table is busy with patients: what is left is no hurry.
                Err(StoreError::Throttled { .. }) => break,
                // Who doesn't answer now won't in a moment, and other clinics have their turn.
                Err(error) if error.is_transient() => {
                    failed = Some(error);
                    break;
                }
                // One that doesn't open keeps no other from being wrapped.
                Err(error) => failed = Some(error),
            }
            rest = behind;
            if !rest.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        failed.map_or(Ok((rewrapped, left + rest.len())), |error| Err(error.into()))
    }

    /// Wraps the keys of these patients again, together; where one is in the way, one by one. Answers how many, and how many
    /// were changed or destroyed in that moment.
    async fn rewrap_some(
        &self,
        scope: &Key,
        trail: &Trail,
        version: u32,
        patients: &[PatientId],
    ) -> Result<(usize, usize), StoreError> {
        let stored = self.records.get_each(scope, patients.iter().copied().map(keys::patient_key)).await?;
        let (mut changes, mut failed) = (Vec::new(), None);
        // The index lags behind: some are under the newest version already.
        for stored in stored.into_iter().filter(|it: &Stored<PatientKey>| it.record.key.branch < version) {
            let patient = stored.record.patient;
            let subject = Subject::Patient(patient);
            match self.vault.rewrap_key(scope, &stored.record.key, subject, version).await {
                Ok(key) => {
                    let record = PatientKey { key, ..stored.record.clone() };
                    changes.push((stored, record));
                }
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => failed = Some(error),
            }
        }
        let (mut done, mut left) = (0, 0);
        match self.replace(scope, trail, version, &changes).await {
            Ok(()) => done = changes.len(),
            Err(CommitError::Conflict(_)) => {
                for change in changes.chunks(1) {
                    match self.replace(scope, trail, version, change).await {
                        Ok(()) => done += 1,
                        Err(CommitError::Conflict(_)) => left += 1,
                        Err(CommitError::Store(error)) => return Err(error),
                    }
                }
            }
            Err(CommitError::Store(error)) => return Err(error),
        }
        failed.map_or(Ok((done, left)), Err)
    }

    /// Replaces keys, each of which must be as it was read.
    async fn replace(
        &self,
        scope: &Key,
        trail: &Trail,
        version: u32,
        changes: &[(Stored<PatientKey>, PatientKey)],
    ) -> Result<(), CommitError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut transaction = self.records.transaction(scope, &*self.setup.entropy);
        for (stored, record) in changes {
            transaction = transaction.replace(PatientKey::TYPE, stored, record)?;
        }
        let trail = trail.clone().regarding(format!("branch_key={version};keys={}", changes.len()));
        let _: Audited<()> = trail.commit(transaction).await?;
        Ok(())
    }
}

/// Whether there is time for more.
fn goes_on(began: Timestamp, now: Timestamp) -> bool {
    now.duration_since(began) < PATIENCE
}

impl AddAssign for Rotation {
    fn add_assign(&mut self, other: Self) {
        self.clinics += other.clinics;
        self.rotated += other.rotated;
        self.rewrapped += other.rewrapped;
        self.left += other.left;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_order_goes_round_and_a_wrong_one_is_none() {
        assert_eq!(serde_json::from_str::<Order>("{}").unwrap(), Order::default());
        let clinic = ClinicId::from_bits([1; 16]);
        let order: Order = serde_json::from_str(&format!(r#"{{"clinic":"{clinic}"}}"#)).unwrap();
        assert_eq!(order.clinic, Some(clinic));
        for wrong in [r#"{"clinics":"all"}"#, r#"{"clinic":"somebody's"}"#] {
            assert!(serde_json::from_str::<Order>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_stops_wrapping_before_its_function_is_stopped_and_sees_whether_that_was_all() {
        assert_eq!(usize::try_from(LOOKED_FOR).unwrap(), AT_ONCE * MOST + 1);
        let began = Timestamp::UNIX_EPOCH;
        assert!(goes_on(began, began + SignedDuration::from_secs(79)));
        assert!(!goes_on(began, began + SignedDuration::from_secs(80)));
    }
}
