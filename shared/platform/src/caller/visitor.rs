//! Anyone.

use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use visage_domain::ids::ClinicId;
use visage_domain::permission::{Permission, Row};
use visage_domain::principal::{Actor, Principal};
use visage_domain::scope::{Scope, authorize};

/// Somebody of whom nothing is known, with permission `P` that anyone has.
#[derive(Clone, Debug)]
pub struct Visitor<P>(PhantomData<P>);

impl<P: Permission> Visitor<P> {
    /// The key to the records of `clinic`, as far as `P` goes.
    ///
    /// # Errors
    /// 403 if the permission isn't a visitor's.
    pub fn scope_in(&self, clinic: ClinicId) -> Result<Scope<P>, Problem> {
        authorize(&Principal { clinic, actor: Actor::Visitor }).map_err(|_| Problem::forbidden())
    }
}

impl<P: Permission> Caller for Visitor<P> {
    type Gate = ();
    const PERMISSION: Row = Row::of::<P>();
    const KIND: &'static str = "visitor";
    const PROBLEMS: &'static [Problem] = &[];

    fn gate(_setup: &Setup) -> Result<(), SetupError> {
        Ok(())
    }

    async fn admit((): &(), knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        Ok((Self(PhantomData), knock.trail))
    }
}
