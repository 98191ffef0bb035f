//! AES-256-GCM, and nothing but.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use visage_domain::clock::{Entropy, random};
use zeroize::Zeroizing;

/// A key that seals. Prints nothing.
pub struct DataKey {
    key: LessSafeKey,
    mac: aws_lc_rs::hmac::Key,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

/// A ciphertext with its nonce before it and its tag behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal(pub(crate) Vec<u8>);

impl DataKey {
    /// The key with these bits.
    pub fn new(bits: &Zeroizing<[u8; 32]>) -> Option<Self> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bits.as_ref()).ok()?);
        // A key of its own for message authentication, so that no bit string ever serves two algorithms.
        let root = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, bits.as_ref());
        let derived = aws_lc_rs::hmac::sign(&root, b"visage/mac-key/1");
        Some(Self { key, mac: aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, derived.as_ref()) })
    }

    pub(super) const fn mac_key(&self) -> &aws_lc_rs::hmac::Key {
        &self.mac
    }

    /// Seals `plain`, binding it to `context`.
    ///
    /// The nonce is random: a data key seals some thousands of times in its life, far below the 2³² after which random
    /// nonces of 96 bits become a concern (NIST SP 800-38D, 8.3).
    pub fn seal(&self, context: &str, plain: Vec<u8>, entropy: &dyn Entropy) -> Option<Seal> {
        let nonce: [u8; NONCE_LEN] = random(entropy);
        let mut text = plain;
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut text,
            )
            .ok()?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Some(Seal(sealed))
    }

    /// Opens what [`DataKey::seal`] made with the same context; `None` if anything differs.
    pub fn open(&self, context: &str, seal: &Seal) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = seal.0.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self.key.open_in_place(nonce, Aad::from(context.as_bytes()), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);
    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn key(byte: u8) -> DataKey {
        DataKey::new(&Zeroizing::new([byte; 32])).unwrap()
    }

    #[test]
    fn a_seal_opens_only_with_its_key_and_context() {
        let entropy = Counting(1.into());
        let seal = key(1).seal("clinic a, patient b", b"lip filler".to_vec(), &entropy).unwrap();
        assert_eq!(key(1).open("clinic a, patient b", &seal).unwrap().as_slice(), b"lip filler");
        assert_eq!(key(1).open("clinic a, patient c", &seal), None);
        assert_eq!(key(2).open("clinic a, patient b", &seal), None);
    }

    #[test]
    fn no_altered_or_cut_seal_opens() {
        let seal = key(1).seal("x", b"plain".to_vec(), &Counting(1.into())).unwrap();
        for at in 0..seal.0.len() {
            let mut altered = seal.clone();
            altered.0[at] ^= 1;
            assert_eq!(key(1).open("x", &altered), None, "byte {at}");
            assert_eq!(key(1).open("x", &Seal(seal.0[..at].to_vec())), None, "cut at {at}");
        }
    }

    #[test]
    fn the_same_text_seals_differently_each_time() {
        let entropy = Counting(1.into());
        let one = key(1).seal("x", b"plain".to_vec(), &entropy).unwrap();
        let two = key(1).seal("x", b"plain".to_vec(), &entropy).unwrap();
        assert_ne!(one, two);
    }
}
