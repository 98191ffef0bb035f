//! The only key to a clinic's records.

use crate::ids::{BreakGlassId, ClinicId};
use crate::permission::Permission;
use crate::principal::{Actor, Principal};
use std::marker::PhantomData;

/// Proof that an actor may use permission `P` at one clinic.
///
/// Its fields are private and nothing but [`authorize`] and [`authorize_in_emergency`] makes one, so a record can't be read
/// or written without somebody having been found allowed to, and never outside of the clinic that was decided on.
#[derive(Clone, Debug)]
pub struct Scope<P> {
    clinic: ClinicId,
    actor: Actor,
    break_glass: Option<BreakGlassId>,
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
    if P::GRANT.includes(&principal.actor) { Ok(Scope::of(principal, None)) } else { Err(not_granted::<P>()) }
}

/// Decides whether `principal`, whose roles don't allow it, may use permission `P` because they broke the glass.
///
/// # Errors
/// [`NotGranted`] if the permission table has no such thing for emergencies, or they aren't staff.
pub fn authorize_in_emergency<P: Permission>(
    principal: &Principal,
    break_glass: BreakGlassId,
) -> Result<Scope<P>, NotGranted> {
    let is_staff = matches!(principal.actor, Actor::Staff { .. });
    if P::EMERGENCY && is_staff {
        Ok(Scope::of(principal, Some(break_glass)))
    } else {
        Err(not_granted::<P>())
    }
}

const fn not_granted<P: Permission>() -> NotGranted {
    NotGranted { permission: P::NAME }
}

impl<P> Scope<P> {
    fn of(principal: &Principal, break_glass: Option<BreakGlassId>) -> Self {
        let Principal { clinic, actor } = principal.clone();
        Self { clinic, actor, break_glass, permission: PhantomData }
    }

    /// The clinic whose records this opens.
    pub const fn clinic(&self) -> ClinicId {
        self.clinic
    }

    /// Who was found allowed.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The broken glass that this was granted by, where it wasn't by the actor's roles.
    pub const fn break_glass(&self) -> Option<BreakGlassId> {
        self.break_glass
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{OperatorId, StaffId};
    use crate::permission::{ExportAnswers, OpenEvaluation, SignEvaluation};
    use crate::principal::Role;

    fn staff(roles: &[Role]) -> Principal {
        let actor = Actor::Staff { staff: StaffId::from_bits([1; 16]), roles: roles.to_vec() };
        Principal { clinic: ClinicId::from_bits([2; 16]), actor }
    }

    #[test]
    fn a_broken_glass_lets_any_staff_read_and_nobody_do_more() {
        let id = BreakGlassId::from_bits([3; 16]);
        for role in [Role::Owner, Role::Billing, Role::Compliance] {
            let principal = staff(&[role]);
            assert!(authorize::<OpenEvaluation>(&principal).is_err());
            let scope = authorize_in_emergency::<OpenEvaluation>(&principal, id);
            assert_eq!(scope.ok().and_then(|scope| scope.break_glass()), Some(id));
            assert!(authorize_in_emergency::<SignEvaluation>(&principal, id).is_err());
            assert!(authorize_in_emergency::<ExportAnswers>(&principal, id).is_err());
        }
    }

    #[test]
    fn a_broken_glass_is_nothing_to_who_is_no_staff() {
        let clinic = ClinicId::from_bits([2; 16]);
        for actor in [Actor::Visitor, Actor::Operator { operator: OperatorId::from_bits([1; 16]) }] {
            let principal = Principal { clinic, actor };
            let id = BreakGlassId::from_bits([3; 16]);
            assert!(authorize_in_emergency::<OpenEvaluation>(&principal, id).is_err());
        }
    }

    #[test]
    fn what_roles_allow_is_by_no_glass() {
        let scope = authorize::<OpenEvaluation>(&staff(&[Role::Provider]));
        assert_eq!(scope.ok().map(|scope| scope.break_glass()), Some(None));
    }
}
