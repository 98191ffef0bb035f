//! What only the holder of a secret opens: sealed under a key that the secret gives, and that is kept nowhere.

use super::{DataKey, Seal};
use crate::error::StoreError;
use aws_lc_rs::digest;
use data_encoding::BASE64;
use serde::Serialize;
use serde::de::DeserializeOwned;
use visage_domain::capability::Secret;
use visage_domain::clock::Entropy;
use zeroize::Zeroizing;

/// What errors call it.
const WHAT: &str = "value under a secret";

/// Seals `value` under `secret`, binding it to `context`; base 64.
///
/// # Errors
/// If it can't be written as JSON or sealed.
pub fn seal_under<T: Serialize>(
    secret: &Secret,
    context: &str,
    value: &T,
    entropy: &dyn Entropy,
) -> Result<String, StoreError> {
    let plain = serde_json::to_vec(value).map_err(|_| StoreError::Corrupt { what: WHAT })?;
    let seal = key_of(secret).and_then(|key| key.seal(context, plain, entropy));
    Ok(BASE64.encode(&seal.ok_or(StoreError::DoesNotOpen { what: WHAT })?.0))
}

/// Opens what [`seal_under`] made of the same secret and context.
///
/// # Errors
/// [`StoreError::DoesNotOpen`] if anything differs.
pub fn open_under<T: DeserializeOwned>(
    secret: &Secret,
    context: &str,
    sealed: &str,
) -> Result<T, StoreError> {
    let corrupt = || StoreError::Corrupt { what: WHAT };
    let seal = Seal(BASE64.decode(sealed.as_bytes()).map_err(|_| corrupt())?);
    let plain = key_of(secret).and_then(|key| key.open(context, &seal));
    let plain = plain.ok_or(StoreError::DoesNotOpen { what: WHAT })?;
    serde_json::from_slice(&plain).map_err(|_| corrupt())
}

/// The key that a secret gives. Neither the hash on record nor the identifier that it is filed under tells anything of it.
fn key_of(secret: &Secret) -> Option<DataKey> {
    let labelled = Zeroizing::new([b"visage/secret-key/1".as_slice(), secret.expose()].concat());
    let mut bits = Zeroizing::new([0_u8; 32]);
    bits.copy_from_slice(digest::digest(&digest::SHA256, &labelled).as_ref());
    DataKey::new(&bits)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    struct Fixed(u8);
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn only_the_secret_itself_opens_and_only_in_its_place() {
        let (secret, another) = (Secret::new(&Fixed(1)), Secret::new(&Fixed(2)));
        let sealed = seal_under(&secret, "here", &"Olivia", &Fixed(3)).unwrap();
        assert_eq!(open_under::<String>(&secret, "here", &sealed).unwrap(), "Olivia");
        for (secret, context) in [(&another, "here"), (&secret, "there")] {
            let opened = open_under::<String>(secret, context, &sealed);
            assert!(matches!(opened, Err(StoreError::DoesNotOpen { .. })));
        }
        assert!(open_under::<String>(&secret, "here", "no base 64").is_err());
    }
}
