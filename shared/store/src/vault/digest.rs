//! Hashes and message authentication codes.

use super::DataKey;
use aws_lc_rs::{constant_time, digest, hmac};
use data_encoding::HEXLOWER;
use visage_domain::access_review::Quarter;
use visage_domain::capability::Secret;
use visage_domain::ids::{
    AccessReviewId, AddressId, ClinicId, DestructionId, LinkId, MatchId, OperatorId, SessionId, StaffId,
};
use visage_domain::matching::MatchField;
use visage_domain::registration::Counted;
use visage_domain::report_code::OneTimeCode;

/// SHA-256 of `bytes`, hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// What is stored of a secret: its SHA-256, hexadecimal. 256 random bits need no slow hash.
pub fn secret_hash(secret: &Secret) -> String {
    sha256_hex(secret.expose())
}

/// Compares a secret with the hash on record in constant time.
pub fn verify_secret(secret: &Secret, hash: &str) -> bool {
    constant_time::verify_slices_are_equal(secret_hash(secret).as_bytes(), hash.as_bytes()).is_ok()
}

/// The identifier under which a capability is filed. Derived from its hash, so that it can be found from the secret
/// and says nothing of it.
pub fn link_id_of(secret: &Secret) -> LinkId {
    LinkId::from_bits(filing_bits(b"visage/link/1", secret))
}

/// The identifier under which a session is filed.
pub fn session_id_of(secret: &Secret) -> SessionId {
    SessionId::from_bits(filing_bits(b"visage/session/1", secret))
}

/// An operator's identifier, from the `sub` that the identity provider knows them by.
pub fn operator_id_of(subject: &str) -> OperatorId {
    OperatorId::from_bits(first_bits(&[b"visage/operator/1", subject.as_bytes()]))
}

/// The identifier of a member of staff whom a clinic's registration brings: the same whenever it is sent again.
pub fn staff_id_of(clinic: ClinicId, email: &str) -> StaffId {
    StaffId::from_bits(first_bits(&[b"visage/staff/1", &clinic.bits(), email.as_bytes()]))
}

/// The identifier of a clinic's access review that a quarter brings: the same whenever it is planned again.
pub fn access_review_id_of(clinic: ClinicId, quarter: Quarter) -> AccessReviewId {
    let quarter = quarter.name();
    AccessReviewId::from_bits(first_bits(&[b"visage/access-review/1", &clinic.bits(), quarter.as_bytes()]))
}

/// The identifier under which requests to register a clinic are counted. There is no clinic yet whose key could stand behind
/// it: who reads the directory can tell whether an address that they think of is counted there.
pub fn address_id_of(counted: Counted, address: &str) -> AddressId {
    let label = b"visage/registration-count/1";
    AddressId::from_bits(first_bits(&[label, counted.code().as_bytes(), address.as_bytes()]))
}

/// The identifier of a step of a dry run, from what names the step: told twice, it is written down once.
pub fn dry_step_id_of(step: &str) -> DestructionId {
    DestructionId::from_bits(first_bits(&[b"visage/dry-step/1", step.as_bytes()]))
}

fn filing_bits(label: &[u8], secret: &Secret) -> [u8; 16] {
    first_bits(&[label, secret.expose()])
}

/// The first 128 bits of the SHA-256 over `parts`.
fn first_bits(parts: &[&[u8]]) -> [u8; 16] {
    let hash = digest::digest(&digest::SHA256, &parts.concat());
    let mut bits = [0; 16];
    bits.copy_from_slice(&hash.as_ref()[..16]);
    bits
}

/// A keyed hash: tells whether two things are the same to who holds the key, and nothing to anyone else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mac(String);

impl Mac {
    /// HMAC-SHA-256 of `parts` under `key`, each part with its length before it.
    pub fn of(key: &DataKey, parts: &[&[u8]]) -> Self {
        Self(HEXLOWER.encode(mac(key, parts).as_ref()))
    }

    /// The identifier under which patients with the same `values` are filed: the first 128 bits under the clinic's key.
    pub fn match_id(key: &DataKey, field: MatchField, values: &[String]) -> MatchId {
        let mut parts = vec![b"visage/match/1".as_slice(), field.code().as_bytes()];
        parts.extend(values.iter().map(String::as_bytes));
        let mut bits = [0; 16];
        bits.copy_from_slice(&mac(key, &parts).as_ref()[..16]);
        MatchId::from_bits(bits)
    }

    /// What is stored of the one-time code of a link, under the patient's key. Six digits need a key: a plain hash of them
    /// is undone by trying a million.
    pub fn of_report_code(key: &DataKey, link: LinkId, code: &OneTimeCode) -> Self {
        Self::of(key, &[b"visage/report-code/1", &link.bits(), code.expose().as_bytes()])
    }

    /// Compares with a code on record in constant time.
    pub fn is(&self, stored: &str) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), stored.as_bytes()).is_ok()
    }

    /// The code, hexadecimal.
    pub fn hex(&self) -> &str {
        &self.0
    }

    /// The first 128 bits of the code, for an identifier.
    pub fn bits(&self) -> [u8; 16] {
        u128::from_str_radix(self.0.get(..32).unwrap_or_default(), 16).unwrap_or_default().to_be_bytes()
    }
}

fn mac(key: &DataKey, parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key.mac_key());
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.sign()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    #[test]
    fn nothing_of_one_part_passes_for_the_next() {
        let key = DataKey::new(&Zeroizing::new([1; 32])).unwrap();
        let of = |parts: &[&[u8]]| Mac::of(&key, parts).hex().to_owned();
        assert_eq!(of(&[b"\"1\"", b"{}"]), of(&[b"\"1\"", b"{}"]));
        assert_ne!(of(&[b"\"1\"", b"{}"]), of(&[b"\"3\"", b"{}"]));
        assert_ne!(of(&[b"\"1\"", b"{}"]), of(&[b"\"1\"{", b"}"]));
        assert_ne!(of(&[b"", b"{}"]), of(&[b"{}", b""]));
    }
}
