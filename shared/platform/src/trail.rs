//! The audit trail of one request. It is the only maker of [`Audited`], and only what is audited can be answered.

use crate::caller::Visitor;
use crate::operation::Reply;
use crate::problem::Problem;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use std::future::Future;
use std::sync::Arc;
use visage_domain::audit::{AuditEntry, Client, ClientRef, Outcome, Purpose, SealedClient, break_glass_mark};
use visage_domain::clock::{Entropy, random};
use visage_domain::ids::{AuditId, BreakGlassId, ClinicId, PatientId};
use visage_domain::principal::{Actor, Role};
use visage_store::StoreError;
use visage_store::audit::{AuditLog, PreparedEntry};
use visage_store::records::{CommitError, Transaction};
use visage_store::vault::{DataKey, sha256_hex};

/// A value that the audit log knows of.
#[derive(Debug)]
#[must_use]
pub struct Audited<T>(T);

impl<T> Audited<T> {
    /// The same proof for what is answered in the end.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Audited<U> {
        Audited(change(self.0))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

/// How entries of this request name the client.
#[derive(Clone, Debug)]
pub(crate) enum Naming {
    /// Staff, operators, and who registers a clinic: address and browser in the clear.
    Clear(Client),
    /// Patients: sealed under their key.
    Sealed(Client, Arc<DataKey>),
    /// A visitor of whom nothing is kept.
    Withheld,
    /// One of our own functions.
    Internal,
}

/// What entries of this request say, and where they go.
#[derive(Clone)]
pub struct Trail {
    pub(crate) log: AuditLog,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) at: Timestamp,
    pub(crate) action: &'static str,
    pub(crate) purpose: Purpose,
    pub(crate) request: String,
    pub(crate) resource: String,
    pub(crate) break_glass: Option<BreakGlassId>,
    pub(crate) actor: Actor,
    pub(crate) clinic: Option<ClinicId>,
    pub(crate) patient: Option<PatientId>,
    pub(crate) naming: Naming,
}

impl std::fmt::Debug for Trail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trail({})", self.action)
    }
}

impl Trail {
    /// The same trail in the log of a clinic that is only now known.
    #[must_use]
    pub fn in_clinic(mut self, clinic: ClinicId) -> Self {
        self.clinic = Some(clinic);
        self
    }

    /// The same trail about one patient.
    #[must_use]
    pub fn about(mut self, patient: PatientId) -> Self {
        self.patient = Some(patient);
        self
    }

    /// The same trail about what the path doesn't name: what a request creates, or what its body names. Written as what a
    /// path names is, `version=3`: identifiers and numbers of ours, never what a client made up.
    #[must_use]
    pub fn regarding(mut self, resource: String) -> Self {
        self.resource = resource;
        self
    }

    /// The same trail of an actor who is only now known.
    #[must_use]
    pub fn acting_as(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// The same trail, naming staff, an operator or who registers a clinic by address and browser.
    #[must_use]
    pub fn naming_client(mut self, client: Client) -> Self {
        self.naming = Naming::Clear(client);
        self
    }

    /// The same trail, with a patient's address and browser sealed under the patient's key.
    #[must_use]
    pub fn sealing_client(mut self, client: Client, key: Arc<DataKey>) -> Self {
        self.naming = Naming::Sealed(client, key);
        self
    }

    /// Who reads the answer. A glass isn't broken to see half of a chart: who broke it reads what a provider does.
    pub(crate) fn reader(&self) -> Actor {
        let mut reader = self.actor.clone();
        if let (Actor::Staff { roles, .. }, Some(_)) = (&mut reader, self.break_glass) {
            roles.push(Role::Provider);
        }
        reader
    }

    /// Reads one record while its entry is written: one call's time for both. Whatever the read brings, the entry says
    /// what was asked; if it fails, the pipeline adds how it ended.
    ///
    /// # Errors
    /// The read's, or 503 if the entry isn't written.
    pub async fn alongside<T>(
        &self,
        read: impl Future<Output = Result<T, Problem>>,
    ) -> Result<Audited<T>, Problem> {
        let entry = self.prepare(Outcome::Granted, Vec::new())?;
        let (written, value) = tokio::join!(self.log.put(entry), read);
        written?;
        Ok(Audited(value?))
    }

    /// Writes what a list showed, then lets it go.
    ///
    /// # Errors
    /// 503 if the entry isn't written.
    pub async fn after<T>(&self, shown: Vec<String>, value: T) -> Result<Audited<T>, Problem> {
        self.log.put(self.prepare(Outcome::Done, shown)?).await?;
        Ok(Audited(value))
    }

    /// Commits a change and its entry together.
    ///
    /// # Errors
    /// As [`Transaction::commit`]; the pipeline then writes an entry of its own.
    pub async fn commit<P>(&self, transaction: Transaction<'_, P>) -> Result<Audited<()>, CommitError> {
        transaction.commit(self.prepare(Outcome::Done, Vec::new())?).await?;
        Ok(Audited(()))
    }

    /// Commits what must be on record before a request goes on, and with it that it was granted. How it ends has an
    /// entry of its own: this proves nothing yet.
    ///
    /// # Errors
    /// As [`Transaction::commit`].
    pub async fn begin<P>(&self, transaction: Transaction<'_, P>) -> Result<(), CommitError> {
        transaction.commit(self.prepare(Outcome::Granted, Vec::new())?).await
    }

    /// Lets a visitor's public page go. The pipeline counts it: strangers can't buy a write per request.
    pub const fn public<P, T>(&self, _visitor: &Visitor<P>, reply: Reply<T>) -> Audited<Reply<T>> {
        Audited(reply)
    }

    /// Writes how a request ended that didn't succeed.
    pub(crate) async fn ended(&self, problem: &Problem) -> Result<(), StoreError> {
        let code = problem.code.to_owned();
        let outcome = if problem.is_ours() { Outcome::Failed { code } } else { Outcome::Refused { code } };
        self.log.put(self.prepare(outcome, Vec::new())?).await
    }

    /// Writes an entry for what a worker did outside of a transaction.
    ///
    /// # Errors
    /// If it isn't written.
    pub async fn note(&self, outcome: Outcome) -> Result<(), StoreError> {
        self.log.put(self.prepare(outcome, Vec::new())?).await
    }

    /// What is named, and the broken glass by which it was asked for, whatever came of that.
    fn marked_resource(&self) -> String {
        self.resource.clone() + &self.break_glass.map(break_glass_mark).unwrap_or_default()
    }

    fn prepare(&self, outcome: Outcome, shown: Vec<String>) -> Result<PreparedEntry, StoreError> {
        let entropy = &*self.entropy;
        let (client, sealed) = match &self.naming {
            Naming::Clear(client) => (ClientRef::Clear(client.clone()), None),
            Naming::Withheld | Naming::Internal => (ClientRef::Internal, None),
            Naming::Sealed(client, key) => {
                let salt = HEXLOWER.encode(&random::<16>(entropy));
                let commitment = commitment(&salt, client);
                (ClientRef::Sealed { commitment }, Some((SealedClient { salt, client: client.clone() }, key)))
            }
        };
        let entry = AuditEntry {
            entry: AuditId::new(entropy),
            at: self.at,
            clinic: self.clinic,
            actor: self.actor.clone(),
            action: self.action.to_owned(),
            resource: self.marked_resource(),
            patient: self.patient,
            shown,
            purpose: self.purpose,
            outcome,
            request: self.request.clone(),
            client,
        };
        PreparedEntry::new(&entry, sealed.as_ref().map(|(client, key)| (client, &***key)), entropy)
    }
}

/// The commitment to a client: SHA-256 over salt, address and browser, each with its length before it.
fn commitment(salt: &str, client: &Client) -> String {
    let mut bytes = Vec::new();
    for part in [salt, &client.ip, &client.user_agent] {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    sha256_hex(&bytes)
}
