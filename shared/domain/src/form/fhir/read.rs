//! Reading FHIR's JSON by place: what is wrong is noted with a pointer, and reading goes on.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::names;
use crate::form::error::{ErrorCode, FieldError};
use crate::form::limits;

/// What was noted while reading: at most so many faults, and so many losses. A questionnaire of a megabyte can have half a
/// million of either, each with a pointer that is longer than itself.
#[derive(Default)]
pub(super) struct Notes {
    errors: RefCell<Vec<FieldError>>,
    ignored: RefCell<Vec<String>>,
}

impl Notes {
    /// Whether so many faults were found that nobody needs to know of more.
    fn is_full(&self) -> bool {
        self.errors.borrow().len() >= limits::IMPORT_NOTES
    }

    fn wrong(&self, pointer: String, code: ErrorCode) {
        if !self.is_full() {
            self.errors.borrow_mut().push(FieldError::new(pointer, code));
        }
    }

    fn left(&self, pointer: String) {
        let mut ignored = self.ignored.borrow_mut();
        if ignored.len() < limits::IMPORT_NOTES {
            ignored.push(pointer);
        }
    }

    pub(super) fn into_parts(self) -> (Vec<FieldError>, Vec<String>) {
        (self.errors.into_inner(), self.ignored.into_inner())
    }
}

/// A JSON object and where it stands.
pub(super) struct Object<'v> {
    notes: &'v Notes,
    fields: &'v Map<String, Value>,
    pub(super) pointer: String,
}

impl<'v> Object<'v> {
    /// The object at `pointer`, if it is one.
    pub(super) fn of(notes: &'v Notes, value: &'v Value, pointer: String) -> Option<Self> {
        let Some(fields) = value.as_object() else {
            notes.wrong(pointer, ErrorCode::FhirInvalid);
            return None;
        };
        Some(Self { notes, fields, pointer })
    }

    /// Notes that something at a field of it is wrong.
    pub(super) fn wrong(&self, field: &str, code: ErrorCode) {
        self.notes.wrong(format!("{}{field}", self.pointer), code);
    }

    /// Notes which fields are neither read, nor refused, nor without meaning. Names that aren't FHIR's aren't echoed.
    pub(super) fn only(&self, read: &[&str], refused: &[&str], silent: &[&str]) {
        for name in self.fields.keys() {
            let plain = name.strip_prefix('_').unwrap_or(name);
            if refused.contains(&plain) {
                self.wrong(&format!("/{name}"), ErrorCode::FhirUnsupported);
            } else if !read.contains(&name.as_str()) && !silent.contains(&plain) {
                let is_name = name.len() <= 64 && plain.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let place = if is_name { format!("/{name}") } else { String::new() };
                self.notes.left(format!("{}{place}", self.pointer));
            }
        }
    }

    /// A field, read as `T`; `None` if it is missing or, which is noted, something else.
    pub(super) fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.fields.get(name)?;
        // Read where it stands: what stands in the place of a text may be as large as the body.
        let read = T::deserialize(value).ok();
        if read.is_none() {
            self.wrong(&format!("/{name}"), ErrorCode::FhirInvalid);
        }
        read
    }

    /// A field that must be there.
    pub(super) fn need<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        if !self.fields.contains_key(name) {
            self.wrong(&format!("/{name}"), ErrorCode::FhirInvalid);
        }
        self.get(name)
    }

    /// Whether there is such a field.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The object in a field.
    pub(super) fn inner(&self, name: &str) -> Option<Object<'v>> {
        let value = self.fields.get(name)?;
        Object::of(self.notes, value, format!("{}/{name}", self.pointer))
    }

    /// What is in a list, each with its pointer; nothing if it is missing. Ends early once enough was found wrong.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = (String, &'v Value)> + use<'v> {
        let (notes, base) = (self.notes, format!("{}/{name}", self.pointer));
        let values = match self.fields.get(name) {
            None => [].as_slice(),
            Some(Value::Array(values)) => values.as_slice(),
            Some(_) => {
                notes.wrong(base.clone(), ErrorCode::FhirInvalid);
                &[]
            }
        };
        let placed = values.iter().enumerate().map(move |(index, value)| (format!("{base}/{index}"), value));
        placed.take_while(|_| !notes.is_full())
    }

    /// The objects of a list, none if it is missing.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = Object<'v>> + use<'v> {
        let notes = self.notes;
        self.values(name).filter_map(move |(pointer, value)| Object::of(notes, value, pointer))
    }

    /// The conditions or values of a list, one by one.
    pub(super) fn each<T: DeserializeOwned>(&self, name: &str) -> Vec<T> {
        let read = |(pointer, value): (String, &Value)| {
            let found = T::deserialize(value).ok();
            if found.is_none() {
                self.notes.wrong(pointer, ErrorCode::FhirUnsupported);
            }
            found
        };
        self.values(name).filter_map(read).collect()
    }

    /// Its extensions with their addresses.
    pub(super) fn extensions(&self) -> impl Iterator<Item = (String, Object<'v>)> + use<'v> {
        self.list("extension").filter_map(|extension| Some((extension.need::<String>("url")?, extension)))
    }

    /// What the text in `name` is in other languages: by language, the text.
    pub(super) fn translations(&self, name: &str) -> Vec<(String, String)> {
        let Some(beside) = self.inner(&format!("_{name}")) else { return Vec::new() };
        let mut found = Vec::new();
        for (url, extension) in beside.extensions() {
            if url != names::TRANSLATION {
                extension.leave();
                continue;
            }
            let (mut language, mut content) = (None, None);
            for (part, value) in extension.extensions() {
                match part.as_str() {
                    "lang" => language = value.need::<String>("valueCode"),
                    "content" => {
                        let field = if value.has("valueMarkdown") { "valueMarkdown" } else { "valueString" };
                        content = value.need::<String>(field);
                    }
                    _ => value.leave(),
                }
            }
            match language.zip(content) {
                Some(both) => found.push(both),
                None => extension.wrong("", ErrorCode::FhirInvalid),
            }
        }
        found
    }

    /// Notes that it is left behind.
    pub(super) fn leave(&self) {
        self.notes.left(self.pointer.clone());
    }
}
