//! What of an answer is shown, and to whom: beside each type that is answered stands the list of its fields, and
//! [`only`] leaves what is listed and drops the rest.
//!
//! No more than is necessary, by role (45 CFR 164.502(b), 164.514(d)): a field that is new stays inside until somebody
//! lists it, and says for whom. A list is a constant and reads as the answer does:
//!
//! ```text
//! const FIELDS: &'static [Field] = &[
//!     shown("status"),
//!     shown("findings").of(&[shown("area"), shown("text")]).to(&[Role::Provider]),
//!     shown("names").by_key(),
//! ];
//! ```

use crate::principal::{Actor, Role};
use serde_json::{Map, Value};

/// A field that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// The roles that it is necessary for; whoever may ask at all, if none is named.
    pub to: &'static [Role],
    /// How many levels of keys that are themselves data (a `linkId`, a language, somebody's id) stand above its content.
    pub keys: u8,
    /// What is in it.
    pub content: Content,
}

/// What is in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text, a number or the like, or a list of them. Anything with fields of its own isn't let through.
    Plain,
    /// An object with these fields, or a list of such.
    Object(&'static [Field]),
    /// The same fields again as beside it, to any depth: a group of a form holds items as the form does.
    Again,
    /// Whatever it is: a resource that others describe, of which no part can be told from another.
    Whole,
}

/// A field to show: to whoever may ask, and only if it is plain, until more is said of it.
pub const fn shown(name: &'static str) -> Field {
    Field { name, to: &[], keys: 0, content: Content::Plain }
}

impl Field {
    /// The same field as an object with `fields`, or a list of such.
    #[must_use]
    pub const fn of(self, fields: &'static [Self]) -> Self {
        Self { content: Content::Object(fields), ..self }
    }

    /// The same field with the fields that stand beside it, to any depth.
    #[must_use]
    pub const fn again(self) -> Self {
        Self { content: Content::Again, ..self }
    }

    /// The same field, whatever is in it.
    #[must_use]
    pub const fn whole(self) -> Self {
        Self { content: Content::Whole, ..self }
    }

    /// The same field one level deeper, below keys that are data.
    #[must_use]
    pub const fn by_key(self) -> Self {
        Self { keys: self.keys + 1, ..self }
    }

    /// The same field for staff in one of `roles` and nobody else.
    #[must_use]
    pub const fn to(self, roles: &'static [Role]) -> Self {
        Self { to: roles, ..self }
    }

    /// Whether it is necessary for `reader`. Staff see what any of their roles needs.
    pub fn is_for(&self, reader: &Actor) -> bool {
        match reader {
            _ if self.to.is_empty() => true,
            Actor::Staff { roles, .. } => roles.iter().any(|role| self.to.contains(role)),
            _ => false,
        }
    }

    /// The fields of its content, if that has any; `beside` are those of the object that it stands in.
    pub const fn fields(&self, beside: &'static [Self]) -> Option<&'static [Self]> {
        match self.content {
            Content::Object(fields) => Some(fields),
            Content::Again => Some(beside),
            Content::Plain | Content::Whole => None,
        }
    }
}

/// Leaves of an answer what is listed and necessary for `reader`; nothing of what is no object or list of objects.
#[must_use]
pub fn only(mut answer: Value, fields: &'static [Field], reader: &Actor) -> Value {
    if objects(&mut answer, fields, reader) { answer } else { Value::Null }
}

/// Goes through an object, or a list of them. Answers whether it is one; what isn't is to be dropped.
fn objects(value: &mut Value, fields: &'static [Field], reader: &Actor) -> bool {
    match value {
        Value::Null => true,
        Value::Object(object) => {
            of_object(object, fields, reader);
            true
        }
        Value::Array(items) => {
            items.retain_mut(|item| objects(item, fields, reader));
            true
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn of_object(object: &mut Map<String, Value>, fields: &'static [Field], reader: &Actor) {
    object.retain(|name, value| {
        let listed = fields.iter().find(|field| field.name == name);
        listed.is_some_and(|field| field.is_for(reader) && below(value, field, field.keys, fields, reader))
    });
}

/// Goes through what is in a field, below `keys` levels of data. Answers whether it may stay.
fn below(value: &mut Value, field: &Field, keys: u8, beside: &'static [Field], reader: &Actor) -> bool {
    if let Some(keys) = keys.checked_sub(1) {
        if let Value::Object(entries) = value {
            entries.retain(|_, entry| below(entry, field, keys, beside, reader));
        }
        return matches!(value, Value::Object(_) | Value::Null);
    }
    match field.fields(beside) {
        Some(fields) => objects(value, fields, reader),
        None => field.content == Content::Whole || is_plain(value),
    }
}

fn is_plain(value: &Value) -> bool {
    let is_scalar = |value: &Value| !matches!(value, Value::Array(_) | Value::Object(_));
    match value {
        Value::Array(items) => items.iter().all(is_scalar),
        other => is_scalar(other),
    }
}

#[cfg(test)]
mod tests;
