//! Branch keys: made and opened by KMS, and what is made and opened under them.

use super::wrapping::Branch;
use super::{DataKey, Subject};
use crate::aws::Aws;
use crate::error::StoreError;
use crate::records::{Records, keys};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use data_encoding::BASE64;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use visage_domain::clock::{Clock, Entropy, random};
use visage_domain::ids::{ClinicId, PatientId};
use visage_domain::keys::{BranchKey, PatientKey, WrappedKey};
use visage_domain::scope::Scope;
use zeroize::Zeroizing;

const KMS: &str = "KMS";
/// What errors call a data key.
const DATA_KEY: &str = "data key";
/// How long an unwrapped branch key stays in a function's memory. A key destroyed in KMS stops working this soon.
const CACHE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

type Cache = Mutex<HashMap<(ClinicId, u32), (Arc<Branch>, Timestamp)>>;

/// Makes and opens keys.
#[derive(Clone)]
pub struct Vault {
    kms: aws_sdk_kms::Client,
    kms_key: String,
    records: Records,
    cache: Arc<Cache>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

/// A new clinic's first branch key and its own data key, both wrapped.
#[derive(Debug)]
pub struct ClinicKeys {
    /// To be stored with the clinic.
    pub branch: BranchKey,
    /// To be stored in the clinic.
    pub wrapped: WrappedKey,
    /// The clinic's data key.
    pub key: DataKey,
}

impl Vault {
    /// A vault on the KMS key `kms_key` (ARN), with branch keys kept in `records`.
    pub fn new(
        aws: &Aws,
        kms_key: String,
        records: Records,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let config = aws_sdk_kms::config::Builder::from(aws.config()).interceptor(aws.calls()).build();
        let kms = aws_sdk_kms::Client::from_conf(config);
        Self { kms, kms_key, records, cache: Arc::default(), clock, entropy }
    }

    /// Makes the keys of a clinic that is about to be stored.
    ///
    /// # Errors
    /// If KMS doesn't answer or refuses.
    pub async fn new_clinic_keys(&self, clinic: ClinicId, now: Timestamp) -> Result<ClinicKeys, StoreError> {
        let (branch, record) = self.generate(clinic, 1, now).await?;
        let (wrapped, key) = self.new_data_key(&branch, clinic, Subject::Clinic)?;
        self.remember(clinic, Arc::new(branch));
        Ok(ClinicKeys { branch: record, wrapped, key })
    }

    /// Makes the branch key that follows the one which `own`, the clinic's data key, is wrapped by, and wraps that by the new
    /// one. Both are to be stored at once; until they are, nothing is under the new one, and nobody remembers it.
    ///
    /// # Errors
    /// If KMS doesn't answer or refuses, or the branch key before can't be had.
    pub async fn next_branch_key<P>(
        &self,
        scope: &Scope<P>,
        own: &WrappedKey,
        now: Timestamp,
    ) -> Result<(BranchKey, WrappedKey), StoreError> {
        let clinic = scope.clinic();
        let before = self.branch(scope, own.branch).await?;
        let (branch, record) = self.generate(clinic, own.branch.saturating_add(1), now).await?;
        let context = Subject::Clinic.associated_data(clinic);
        let wrapped = branch.rewrap(&before, own, &context, &*self.entropy);
        Ok((record, wrapped.ok_or(StoreError::DoesNotOpen { what: DATA_KEY })?))
    }

    /// Wraps a data key by the clinic's branch key `version` instead of the one that it is wrapped by. The data key stays what it
    /// is, and so does everything that it sealed.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] if it is another subject's or another clinic's; or if a branch key can't be had.
    pub async fn rewrap_key<P>(
        &self,
        scope: &Scope<P>,
        wrapped: &WrappedKey,
        subject: Subject,
        version: u32,
    ) -> Result<WrappedKey, StoreError> {
        let before = self.branch(scope, wrapped.branch).await?;
        let branch = self.branch(scope, version).await?;
        let context = subject.associated_data(scope.clinic());
        let wrapped = branch.rewrap(&before, wrapped, &context, &*self.entropy);
        wrapped.ok_or(StoreError::DoesNotOpen { what: DATA_KEY })
    }

    /// Makes a patient's data key under the clinic's branch key `version`.
    ///
    /// # Errors
    /// If the branch key can't be had.
    pub async fn new_patient_key<P>(
        &self,
        scope: &Scope<P>,
        version: u32,
        patient: PatientId,
        now: Timestamp,
    ) -> Result<(PatientKey, DataKey), StoreError> {
        let branch = self.branch(scope, version).await?;
        let (key, data_key) = self.new_data_key(&branch, scope.clinic(), Subject::Patient(patient))?;
        Ok((PatientKey { patient, key, created_at: now }, data_key))
    }

    /// Unwraps a data key.
    ///
    /// # Errors
    /// [`StoreError::DoesNotOpen`] if it is another subject's or another clinic's.
    pub async fn unwrap_key<P>(
        &self,
        scope: &Scope<P>,
        wrapped: &WrappedKey,
        subject: Subject,
    ) -> Result<DataKey, StoreError> {
        let branch = self.branch(scope, wrapped.branch).await?;
        let bits = branch.open(wrapped, &subject.associated_data(scope.clinic()));
        bits.and_then(|bits| DataKey::new(&bits)).ok_or(StoreError::DoesNotOpen { what: DATA_KEY })
    }

    fn new_data_key(
        &self,
        branch: &Branch,
        clinic: ClinicId,
        subject: Subject,
    ) -> Result<(WrappedKey, DataKey), StoreError> {
        let bits = Zeroizing::new(random::<32>(&*self.entropy));
        let wrapped = branch.wrap(&bits, &subject.associated_data(clinic), &*self.entropy);
        wrapped.zip(DataKey::new(&bits)).ok_or(StoreError::DoesNotOpen { what: DATA_KEY })
    }

    /// Has KMS make a branch key.
    async fn generate(
        &self,
        clinic: ClinicId,
        version: u32,
        now: Timestamp,
    ) -> Result<(Branch, BranchKey), StoreError> {
        let made = self
            .kms
            .generate_data_key()
            .key_id(&self.kms_key)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context("clinic", clinic.to_string())
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(KMS, &error))?;
        let (Some(plain), Some(wrapped)) = (made.plaintext, made.ciphertext_blob) else {
            return Err(StoreError::Corrupt { what: "KMS answer" });
        };
        let branch = branch_from(&Zeroizing::new(plain.into_inner()), version)?;
        Ok((branch, BranchKey { version, wrapped: BASE64.encode(wrapped.as_ref()), created_at: now }))
    }

    async fn branch<P>(&self, scope: &Scope<P>, version: u32) -> Result<Arc<Branch>, StoreError> {
        if let Some(branch) = self.cached(scope.clinic(), version) {
            return Ok(branch);
        }
        let missing = StoreError::DoesNotOpen { what: "branch key" };
        let stored = self.records.get(scope, keys::branch_key(version)).await?.ok_or(missing)?;
        let wrapped = BASE64
            .decode(stored.record.wrapped.as_bytes())
            .map_err(|_| StoreError::Corrupt { what: "branch key" })?;
        let opened = self
            .kms
            .decrypt()
            .key_id(&self.kms_key)
            .ciphertext_blob(Blob::new(wrapped))
            .encryption_context("clinic", scope.clinic().to_string())
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(KMS, &error))?;
        let plain = opened.plaintext.ok_or(StoreError::Corrupt { what: "KMS answer" })?;
        let branch = Arc::new(branch_from(&Zeroizing::new(plain.into_inner()), version)?);
        self.remember(scope.clinic(), Arc::clone(&branch));
        Ok(branch)
    }

    fn cached(&self, clinic: ClinicId, version: u32) -> Option<Arc<Branch>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        cache.retain(|_, (_, since)| now.duration_since(*since) < CACHE_LIFETIME);
        cache.get(&(clinic, version)).map(|(branch, _)| Arc::clone(branch))
    }

    fn remember(&self, clinic: ClinicId, branch: Arc<Branch>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert((clinic, branch.version()), (branch, self.clock.now()));
    }
}

fn branch_from(bits: &[u8], version: u32) -> Result<Branch, StoreError> {
    Branch::new(bits, version).ok_or(StoreError::Corrupt { what: "branch key" })
}
