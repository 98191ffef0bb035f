//! Bodies: JSON read strictly, and every wrong field of one named at once.
//!
//! Stricter than JSON has to be, for two readers that understand one body differently are a way in: a name stands once
//! in an object, and where an object is asked for, a list of its values won't do.

mod strict;
mod tree;
mod wrong;

use crate::problem::{FieldProblem, Problem};
use serde::de::DeserializeOwned;

/// The body as `T`.
///
/// # Errors
/// 400. If it is JSON, `errors` names all that is wrong: where and of what kind, never what stood there.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let named = |errors: Vec<FieldProblem>| Problem::invalid_body().with_errors(errors);
    let tree = tree::read(body).map_err(|twice| named(wrong::twice::<T>(twice)))?;
    strict::read(&tree, &strict::Names::default()).map_err(|_| named(wrong::fields::<T>(tree, body.len())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
