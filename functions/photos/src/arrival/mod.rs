//! What photos and documents are to who receives them: they are awaited, one version of them is pinned, it is cleaned,
//! and what came of it is recorded. What differs between them is here.

mod document;
mod photo;

use crate::clean::Rejection;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use visage_domain::clock::Entropy;
use visage_domain::evaluation::Evaluation;
use visage_domain::ids::ClinicId;
use visage_domain::permission;
use visage_domain::photo::{UploadKind, Uploaded};
use visage_platform::{Event, WorkError};
use visage_store::StoreError;
use visage_store::records::{Entity, Found, Stored, Transaction};

/// The writes of a conclusion.
pub(crate) type Writes<'t> = Transaction<'t, permission::ReceivePhoto>;

/// How far it is.
pub(crate) enum Stage<'a> {
    /// Nothing came.
    Awaited,
    /// This version came first.
    Received(&'a str),
    /// Cleaned or rejected.
    Over,
}

/// A file that is safe to keep, and what will be recorded of it.
pub(crate) struct Clean<F> {
    pub(crate) key: String,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Still without its version.
    pub(crate) file: F,
}

/// What stands beside it in its visit.
pub(crate) struct Beside<'a, A> {
    /// The others of its kind.
    pub(crate) others: Vec<Stored<A>>,
    /// What the visit has besides these, the intake and the evaluation.
    pub(crate) found: Found,
    pub(crate) evaluation: Option<&'a Evaluation>,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) now: Timestamp,
}

/// Something that arrives.
pub(crate) trait Arrival: Entity + Clone + Send + Sync {
    /// As what it is cleaned.
    const KIND: UploadKind;
    /// What is known of the clean file beside its bytes.
    type Facts: DeserializeOwned;
    /// What is recorded of the clean file.
    type File: Send + Sync;

    /// Whether an upload is to become this.
    fn is(&self, file: Uploaded) -> bool;

    fn stage(&self) -> Stage<'_>;

    /// Whether it is awaited after the intake was handed in, as long as the evaluation is open.
    fn is_taken_again(&self) -> bool;

    /// With this version as the one that counts.
    #[must_use]
    fn pinned(&self, version: String) -> Self;

    /// How a clean file is kept, and what is recorded of it.
    fn kept(&self, clinic: ClinicId, facts: Self::Facts, bytes: Vec<u8>) -> Clean<Self::File>;

    /// The same file as stored under this version.
    fn stored(file: Self::File, version: String) -> Self::File;

    /// Where a clean file lies: key and version.
    fn place(file: &Self::File) -> (&str, &str);

    /// What that counts as.
    fn event(outcome: &Result<Self::File, Rejection>) -> Event;

    /// As it is once that came of it; adds what else changes then.
    fn concluded<'t>(
        &self,
        outcome: &Result<Self::File, Rejection>,
        beside: Beside<'_, Self>,
        writes: Writes<'t>,
    ) -> Result<(Self, Writes<'t>), WorkError>;
}

impl<A> Beside<'_, A> {
    /// Whether somebody evaluates it, and hasn't finished.
    pub(crate) fn is_being_evaluated(&self) -> bool {
        self.evaluation.is_some_and(Evaluation::is_open)
    }

    /// Every record of a type.
    pub(crate) fn take<E: Entity>(&mut self) -> Result<Vec<E>, StoreError> {
        Ok(self.found.take_all::<E>()?.into_iter().map(|stored| stored.record).collect())
    }
}
