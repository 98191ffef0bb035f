//! The real clock and the real dice. Nothing else in the product reads either.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use jiff::Timestamp;
use visage_domain::clock::{Clock, Entropy};

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the product reads the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The system's random generator.
#[derive(Debug)]
pub(crate) struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place where the product takes random bytes")]
    pub(crate) fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Without random bytes there are no secrets: better no function than a guessable one.
        assert!(self.0.fill(bytes).is_ok(), "the system gives no random bytes");
    }
}
