//! The vault: KMS key → branch key of a clinic → data key of a patient (or of the clinic itself) → sealed field groups.
//!
//! KMS wraps a branch key with the clinic as encryption context; a branch key wraps a data key with clinic and subject
//! as associated data; a data key seals a record with its table key, type and version as associated data. A ciphertext
//! moved to another clinic, patient, record or version therefore doesn't open.

mod branch;
mod digest;
mod seal;
mod secret;
mod wrapping;

pub use branch::Vault;
pub use digest::{
    Mac, access_review_id_of, address_id_of, dry_step_id_of, link_id_of, operator_id_of, secret_hash,
    session_id_of, sha256_hex, staff_id_of, verify_secret,
};
pub use seal::{DataKey, Seal};
pub use secret::{open_under, seal_under};

use visage_domain::ids::{ClinicId, PatientId};

/// Whose data a data key encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A patient's.
    Patient(PatientId),
    /// What belongs to the clinic and to no patient.
    Clinic,
}

impl Subject {
    /// The associated data under which a branch key wraps this subject's data key.
    fn associated_data(self, clinic: ClinicId) -> String {
        match self {
            Self::Patient(patient) => format!("visage/data-key/1\n{clinic}\n{patient}"),
            Self::Clinic => format!("visage/data-key/1\n{clinic}\nclinic"),
        }
    }
}
