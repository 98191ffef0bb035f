//! How a record finds its place in the table. Keys come from the type, never from a string in a handler.

use std::marker::PhantomData;
use visage_domain::ids::{AddressId, ClinicId, LinkId, MatchId, PatientId, StaffId, UploadId};
use visage_domain::retention::Record;

/// The partition of a clinic's records that an item lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// What belongs to the clinic as a whole.
    Clinic,
    /// A patient's records.
    Patient(PatientId),
    /// A user's membership and sessions, and what they took out.
    Staff(StaffId),
    /// A capability, found from its secret.
    Capability(LinkId),
    /// An upload, found from its object's key.
    Upload(UploadId),
    /// Who has the same birth date and contact, found from their keyed hash.
    Match(MatchId),
    /// Recent creating requests.
    Idempotency,
    /// How many intakes an address started.
    Starts(AddressId),
}

impl Home {
    pub(crate) fn partition(self, clinic: ClinicId) -> String {
        match self {
            Self::Clinic => format!("C#{clinic}"),
            Self::Patient(patient) => format!("C#{clinic}#P#{patient}"),
            Self::Staff(staff) => format!("C#{clinic}#S#{staff}"),
            Self::Capability(link) => format!("C#{clinic}#K#{link}"),
            Self::Upload(upload) => format!("C#{clinic}#U#{upload}"),
            Self::Match(matching) => format!("C#{clinic}#M#{matching}"),
            Self::Idempotency => format!("C#{clinic}#I"),
            Self::Starts(address) => format!("C#{clinic}#A#{address}"),
        }
    }
}

/// The place of one record of type `E`, within whatever clinic a scope opens.
pub struct Key<E> {
    pub(crate) home: Home,
    pub(crate) sort: String,
    entity: PhantomData<fn() -> E>,
}

impl<E> Key<E> {
    pub(crate) const fn new(home: Home, sort: String) -> Self {
        Self { home, sort, entity: PhantomData }
    }
}

impl<E> Clone for Key<E> {
    fn clone(&self) -> Self {
        Self::new(self.home, self.sort.clone())
    }
}

impl<E: Record> std::fmt::Debug for Key<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key<{}>", E::TYPE)
    }
}

/// An entry of a sparse index: partition (after the clinic) and sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The index.
    pub(crate) name: IndexName,
    /// What follows the clinic in the partition key.
    pub(crate) partition: &'static str,
    /// The sort key.
    pub(crate) sort: String,
}

/// The sparse indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndexName {
    /// Evaluations by status and age; broken glasses by whether they were reviewed.
    Queue,
    /// Evaluations by status, assignee and age; and those to whom they can be assigned.
    Assigned,
    /// Work that isn't done, by what became of it; reviews that are owed.
    Outbox,
    /// What is due for purge; patients' keys by the branch key that wraps them.
    Due,
}

impl IndexName {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Assigned => "assigned",
            Self::Outbox => "outbox",
            Self::Due => "due",
        }
    }
}

/// A record that lives in the records table.
pub trait Entity: Record {
    /// Its place.
    fn key(&self) -> Key<Self>
    where
        Self: Sized;

    /// The indexes it stands in just now.
    fn indexes(&self) -> Vec<Index> {
        Vec::new()
    }
}
