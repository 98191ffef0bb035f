//! A scope to read is none to sign.

use visage_domain::permission::{OpenEvaluation, SignEvaluation};
use visage_domain::scope::Scope;

pub fn sign(_scope: &Scope<SignEvaluation>) {}

pub fn read(scope: &Scope<OpenEvaluation>) {
    sign(scope); //~ E0308
}
