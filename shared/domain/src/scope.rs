//! The only key to a clinic's records.

use crate::ids::ClinicId;
use crate::permission::Permission;
use crate::principal::{Actor, Principal};
use std::marker::PhantomData;

/// Proof that an actor may use permission `P` at one clinic.
///
/// Its fields are private and [`authorize`] is the only function that makes one, so a record can't be read or written
/// without somebody having been found allowed to, and never outside of the clinic that was decided on.
#[derive(Clone, Debug)]
pub struct Scope<P> {
    clinic: ClinicId,
    actor: Actor,
    permission: PhantomData<fn() -> P>,
}

/// The actor doesn't hold the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{permission} is not granted")]
pub struct NotGranted {
    /// The permission that was asked for.
    pub permission: &'static str,
}

/// Decides whether `principal` may use permission `P`.
///
/// # Errors
/// [`NotGranted`] if the permission table says no.
pub fn authorize<P: Permission>(principal: &Principal) -> Result<Scope<P>, NotGranted> {
    if P::GRANT.includes(&principal.actor) {
        Ok(Scope { clinic: principal.clinic, actor: principal.actor.clone(), permission: PhantomData })
    } else {
        Err(NotGranted { permission: P::NAME })
    }
}

impl<P> Scope<P> {
    /// The clinic whose records this opens.
    pub const fn clinic(&self) -> ClinicId {
        self.clinic
    }

    /// Who was found allowed.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }
}
