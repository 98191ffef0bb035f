//! Data keys, wrapped by branch keys.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64;
use visage_domain::clock::{Entropy, random};
use visage_domain::keys::WrappedKey;
use zeroize::Zeroizing;

/// The bits of a data key.
type Bits = Zeroizing<[u8; 32]>;

/// An unwrapped branch key.
pub(super) struct Branch {
    key: LessSafeKey,
    version: u32,
}

impl Branch {
    /// The branch key with these bits, if they are as many as it takes.
    pub(super) fn new(bits: &[u8], version: u32) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bits).ok()?;
        Some(Self { key: LessSafeKey::new(key), version })
    }

    pub(super) const fn version(&self) -> u32 {
        self.version
    }

    /// Wraps a data key, binding it to `context`.
    pub(super) fn wrap(&self, bits: &Bits, context: &str, entropy: &dyn Entropy) -> Option<WrappedKey> {
        let nonce = random::<NONCE_LEN>(entropy);
        // Room for the tag from the start: a vector that grows would leave the bits where it was.
        let mut text = Vec::with_capacity(bits.len() + AES_256_GCM.tag_len());
        text.extend_from_slice(bits.as_slice());
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut text,
            )
            .ok()?;
        let wrapped = BASE64.encode(&[nonce.as_slice(), &text].concat());
        Some(WrappedKey { branch: self.version, wrapped })
    }

    /// Opens what [`Branch::wrap`] made with the same context; none if anything differs.
    pub(super) fn open(&self, wrapped: &WrappedKey, context: &str) -> Option<Bits> {
        let bytes = BASE64.decode(wrapped.wrapped.as_bytes()).ok()?;
        let (nonce, text) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let plain = self.key.open_in_place(nonce, Aad::from(context.as_bytes()), &mut text).ok()?;
        Some(Zeroizing::new((&*plain).try_into().ok()?))
    }

    /// Wraps by this branch key what `before` wrapped with the same context, under a nonce of its own.
    pub(super) fn rewrap(
        &self,
        before: &Self,
        wrapped: &WrappedKey,
        context: &str,
        entropy: &dyn Entropy,
    ) -> Option<WrappedKey> {
        self.wrap(&before.open(wrapped, context)?, context, entropy)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{DataKey, Subject};
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};
    use visage_domain::ids::{ClinicId, PatientId};

    struct Counting(AtomicU8);
    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    const fn entropy() -> Counting {
        Counting(AtomicU8::new(0))
    }

    fn branches() -> [Branch; 2] {
        [Branch::new(&[1; 32], 1).unwrap(), Branch::new(&[2; 32], 2).unwrap()]
    }

    fn context(clinic: u8, patient: u8) -> String {
        let (clinic, patient) = (ClinicId::from_bits([clinic; 16]), PatientId::from_bits([patient; 16]));
        Subject::Patient(patient).associated_data(clinic)
    }

    #[test]
    fn what_was_sealed_before_a_key_was_wrapped_again_opens_after_it() {
        let ([old, new], entropy, context) = (branches(), entropy(), context(1, 1));
        let bits = Zeroizing::new([7; 32]);
        let seal = DataKey::new(&bits).unwrap().seal("record", b"Olivia".to_vec(), &entropy).unwrap();
        let first = old.wrap(&bits, &context, &entropy).unwrap();
        let again = new.rewrap(&old, &first, &context, &entropy).unwrap();
        assert_eq!((first.branch, again.branch), (1, 2));
        // Who still holds either wrapping and its branch key opens the same.
        for (branch, wrapped) in [(&old, &first), (&new, &again)] {
            let key = DataKey::new(&branch.open(wrapped, &context).unwrap()).unwrap();
            assert_eq!(*key.open("record", &seal).unwrap(), b"Olivia");
        }
        assert!(old.open(&again, &context).is_none() && new.open(&first, &context).is_none());
    }

    #[test]
    fn a_key_is_wrapped_again_for_whose_it_is_and_for_nobody_else() {
        let ([old, new], entropy, mine) = (branches(), entropy(), context(1, 1));
        let first = old.wrap(&Zeroizing::new([7; 32]), &mine, &entropy).unwrap();
        let clinic = Subject::Clinic.associated_data(ClinicId::from_bits([1; 16]));
        for another in [context(1, 2), context(2, 1), clinic] {
            assert!(new.rewrap(&old, &first, &another, &entropy).is_none(), "{another}");
        }
        let again = new.rewrap(&old, &first, &mine, &entropy).unwrap();
        assert!(new.open(&again, &mine).is_some() && new.open(&again, &context(1, 2)).is_none());
        // By the wrong branch key nothing comes of it.
        assert!(new.rewrap(&new, &first, &mine, &entropy).is_none());
    }

    #[test]
    fn each_wrapping_has_a_nonce_of_its_own() {
        let ([old, new], entropy, context) = (branches(), entropy(), context(1, 1));
        let first = old.wrap(&Zeroizing::new([7; 32]), &context, &entropy).unwrap();
        let all = [
            first.wrapped.clone(),
            new.rewrap(&old, &first, &context, &entropy).unwrap().wrapped,
            new.rewrap(&old, &first, &context, &entropy).unwrap().wrapped,
        ];
        let nonces = all.map(|it| BASE64.decode(it.as_bytes()).unwrap()[..NONCE_LEN].to_vec());
        assert!(nonces[0] != nonces[1] && nonces[1] != nonces[2] && nonces[0] != nonces[2]);
    }

    #[test]
    fn bits_of_another_length_are_no_branch_key_and_rubbish_no_wrapping() {
        assert!(Branch::new(&[1; 16], 1).is_none());
        let [branch, _] = branches();
        for rubbish in ["", "AAAA", "no base 64"] {
            let wrapped = WrappedKey { branch: 1, wrapped: rubbish.to_owned() };
            assert!(branch.open(&wrapped, "").is_none(), "{rubbish}");
        }
    }
}
