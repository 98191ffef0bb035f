//! From bytes to a tree in which no object has a name twice.

use super::wrong::Fault;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Reads a body. Its depth is bounded by `serde_json`, at 128.
///
/// # Errors
/// The name that stands twice; nothing if the body isn't JSON.
pub(super) fn read(body: &[u8]) -> Result<Value, Option<Fault>> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let Tree(value) = serde_path_to_error::deserialize(&mut reader).map_err(|error| twice(&error))?;
    reader.end().map_err(|_| None)?;
    Ok(value)
}

fn twice(error: &serde_path_to_error::Error<serde_json::Error>) -> Option<Fault> {
    let is_json = error.inner().classify() == serde_json::error::Category::Data;
    is_json.then(|| Fault::twice(error))
}

/// Any value.
struct Tree(Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Tree(item)) = items.next_element()? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            // Refused as its value, so that the place of the refusal is the name's.
            if read.contains_key(&name) {
                fields.next_value::<Refused>()?;
            }
            let Tree(value) = fields.next_value()?;
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

/// A value that mustn't be there.
struct Refused;

impl<'de> Deserialize<'de> for Refused {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("a name stands twice"))
    }
}
