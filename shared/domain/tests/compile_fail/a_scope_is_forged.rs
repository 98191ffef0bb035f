//! A scope is made by authorization and by nothing else.

use std::marker::PhantomData;
use visage_domain::ids::ClinicId;
use visage_domain::permission::OpenEvaluation;
use visage_domain::principal::Actor;
use visage_domain::scope::Scope;

pub fn forge(clinic: ClinicId, actor: Actor) -> Scope<OpenEvaluation> {
    Scope { clinic, actor, break_glass: None, permission: PhantomData } //~ E0451
}
