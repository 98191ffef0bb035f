//! `Idempotency-Key`: the second click gets the answer of the first.

use crate::caller::Staff;
use crate::operation::{Call, Operation};
use crate::problem::Problem;
use crate::trail::{Audited, Trail};
use jiff::Timestamp;
use std::str::FromStr;
use visage_domain::idempotency::{IdempotentRequest, LIFETIME};
use visage_domain::permission::Permission;
use visage_domain::scope::Scope;
use visage_store::StoreError;
use visage_store::records::{CommitError, Records, Stored, Transaction, keys};
use visage_store::vault::{DataKey, Mac, Subject, Vault};

/// The label of the write that tells a repeated request.
pub const LABEL: &str = "idempotent_request";

/// A creating request, as it will be recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotent {
    request_mac: String,
    body_mac: String,
}

impl Idempotent {
    /// Names a request by its caller, operation and key; `key` is the clinic's, so what is stored tells nobody anything.
    /// `asked` is all that says what is asked for: the body, and what a path or a header adds to it.
    ///
    /// # Errors
    /// 400 without a key of 16 to 128 characters.
    pub fn new(
        key: &DataKey,
        caller: &str,
        operation: &str,
        idempotency_key: Option<&str>,
        asked: &[&[u8]],
    ) -> Result<Self, Problem> {
        let given = idempotency_key.filter(|given| (16..=128).contains(&given.len()));
        let given = given.ok_or_else(Problem::idempotency_key_required)?;
        let parts = [caller.as_bytes(), operation.as_bytes(), given.as_bytes()];
        Ok(Self {
            request_mac: Mac::of(key, &parts).hex().to_owned(),
            body_mac: Mac::of(key, asked).hex().to_owned(),
        })
    }

    /// Names a request of a member of staff.
    ///
    /// # Errors
    /// As [`Idempotent::new`]; 503 if the clinic's key can't be had.
    pub async fn of_staff<O, P>(
        vault: &Vault,
        call: &Call<O>,
        operation: &str,
        asked: &[&[u8]],
    ) -> Result<Self, Problem>
    where
        O: Operation<Caller = Staff<P>>,
        P: Permission,
    {
        let Staff { scope, clinic, staff, .. } = &call.caller;
        let key = vault.unwrap_key(scope, &clinic.key, Subject::Clinic).await?;
        let staff = staff.record.staff.to_string();
        Self::new(&key, &staff, operation, call.idempotency_key.as_deref(), asked)
    }

    /// Adds the mark to the transaction that creates: it fails under [`LABEL`] if the request was done before. To be
    /// added first, for a repeated request may meet other conditions too.
    ///
    /// # Errors
    /// If it can't be written as an item.
    pub fn mark<'a, P>(
        &self,
        transaction: Transaction<'a, P>,
        created: Vec<String>,
        now: Timestamp,
    ) -> Result<Transaction<'a, P>, StoreError> {
        let (request_mac, body_mac) = (self.request_mac.clone(), self.body_mac.clone());
        transaction.create(LABEL, &IdempotentRequest { request_mac, body_mac, created, at: now })
    }

    /// Puts on record that a request is answered with what is there already: sent once more, it is recognised whatever became
    /// of that meanwhile.
    ///
    /// # Errors
    /// 422 if the key is another request's; if it can't be written.
    pub async fn answered_with<P>(
        &self,
        (records, scope): (&Records, &Scope<P>),
        transaction: Transaction<'_, P>,
        there: String,
        now: Timestamp,
        trail: &Trail,
    ) -> Result<Audited<()>, Problem> {
        match trail.commit(self.mark(transaction, vec![there], now)?).await {
            Ok(audited) => Ok(audited),
            // The same request, at the same moment, or another under its key.
            Err(CommitError::Conflict(LABEL)) => {
                self.earlier(records, scope, now).await?;
                trail.after(Vec::new(), ()).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What the first request created.
    ///
    /// # Errors
    /// 422 if it asked for something else.
    pub async fn earlier<P>(
        &self,
        records: &Records,
        scope: &Scope<P>,
        now: Timestamp,
    ) -> Result<Option<Stored<IdempotentRequest>>, Problem> {
        let found = records.get(scope, keys::idempotent_request(&self.request_mac)).await?;
        match found {
            None => Ok(None),
            // The database drops it some time after its day is over.
            Some(found) if now.duration_since(found.record.at) >= LIFETIME => Ok(None),
            Some(found) if found.record.body_mac == self.body_mac => Ok(Some(found)),
            Some(_) => Err(Problem::idempotency_key_reused()),
        }
    }

    /// The first thing that an earlier request created, if it came before: asked first, so that a repeated request isn't
    /// judged by what has changed since.
    ///
    /// # Errors
    /// As [`Idempotent::earlier`].
    pub async fn replay<P, T: FromStr>(
        &self,
        records: &Records,
        scope: &Scope<P>,
        now: Timestamp,
    ) -> Result<Option<T>, Problem> {
        let earlier = self.earlier(records, scope, now).await?;
        let first = earlier.as_ref().and_then(|earlier| earlier.record.created.first());
        Ok(first.and_then(|id| id.parse().ok()))
    }

    /// The first thing that the first request created, where a transaction met its mark.
    ///
    /// # Errors
    /// As [`Idempotent::earlier`]; 409 if the mark is just being dropped.
    pub async fn created<P, T: FromStr>(
        &self,
        records: &Records,
        scope: &Scope<P>,
        now: Timestamp,
    ) -> Result<T, Problem> {
        self.replay(records, scope, now).await?.ok_or_else(Problem::conflict)
    }
}
