//! Protected health information as a type: it can be stored sealed and rendered to who may see it, but not printed.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A value that tells who a patient is or what their health is.
///
/// It has no `Display`, and its `Debug` prints only the type's name, so it can't slip into a log line, an error or a
/// panic message.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Marks `value` as protected.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to look at in review.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, consuming the mark.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

/// In a document a protected value is what it protects.
impl<T: JsonSchema> JsonSchema for Phi<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phi<{}>", std::any::type_name::<T>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phi_prints_only_its_type() {
        let printed = format!("{:?}", Phi::new(String::from("Maren Holt")));
        assert_eq!(printed, "Phi<alloc::string::String>");
    }
}
