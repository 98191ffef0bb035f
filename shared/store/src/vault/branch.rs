//! Branch keys and the data keys under them.

use super::{DataKey, Subject};
use crate::aws::Aws;
use crate::error::StoreError;
use crate::records::{Records, keys};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
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
/// How long an unwrapped branch key stays in a function's memory. A key destroyed in KMS stops working this soon.
const CACHE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// An unwrapped branch key.
struct Branch {
    key: LessSafeKey,
    version: u32,
}

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
        let branch = branch_from(Zeroizing::new(plain.into_inner()), 1)?;
        let record = BranchKey { version: 1, wrapped: BASE64.encode(wrapped.as_ref()), created_at: now };
        let (wrapped, key) = self.new_data_key(&branch, clinic, Subject::Clinic)?;
        self.remember(clinic, Arc::new(branch));
        Ok(ClinicKeys { branch: record, wrapped, key })
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
        open_data_key(&branch, wrapped, &subject.associated_data(scope.clinic()))
            .ok_or(StoreError::DoesNotOpen { what: "data key" })
    }

    fn new_data_key(
        &self,
        branch: &Branch,
        clinic: ClinicId,
        subject: Subject,
    ) -> Result<(WrappedKey, DataKey), StoreError> {
        let failed = || StoreError::DoesNotOpen { what: "data key" };
        let bits = Zeroizing::new(random::<32>(&*self.entropy));
        let nonce = random::<NONCE_LEN>(&*self.entropy);
        let mut text = bits.to_vec();
        let context = subject.associated_data(clinic);
        branch
            .key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut text,
            )
            .map_err(|_| failed())?;
        let wrapped = BASE64.encode(&[nonce.as_slice(), &text].concat());
        let key = DataKey::new(&bits).ok_or_else(failed)?;
        Ok((WrappedKey { branch: branch.version, wrapped }, key))
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
        let branch = Arc::new(branch_from(Zeroizing::new(plain.into_inner()), version)?);
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
        cache.insert((clinic, branch.version), (branch, self.clock.now()));
    }
}

fn branch_from(bits: Zeroizing<Vec<u8>>, version: u32) -> Result<Branch, StoreError> {
    let key = UnboundKey::new(&AES_256_GCM, &bits).map_err(|_| StoreError::Corrupt { what: "branch key" })?;
    Ok(Branch { key: LessSafeKey::new(key), version })
}

fn open_data_key(branch: &Branch, wrapped: &WrappedKey, context: &str) -> Option<DataKey> {
    let bytes = BASE64.decode(wrapped.wrapped.as_bytes()).ok()?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let plain = branch.key.open_in_place(nonce, Aad::from(context.as_bytes()), &mut text).ok()?;
    DataKey::new(&Zeroizing::new((&*plain).try_into().ok()?))
}
