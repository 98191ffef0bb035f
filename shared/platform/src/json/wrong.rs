//! All that is wrong with a body, where a reader stops at the first.
//!
//! What is wrong is named, something else is put in its place, and the body is read again (decision 0029). What is put
//! there decides nothing: the body is refused already.

use super::strict::{self, Names};
use crate::problem::FieldProblem;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::Segment;
use std::collections::BTreeMap;

type Error = serde_path_to_error::Error<serde_json::Error>;

/// Most fields that are named.
const MOST: usize = 64;
/// Bytes that may be read again in all, so that a large body costs no more than a small one with much wrong.
const BUDGET: usize = 2 * 1024 * 1024;
/// Fewest and most times that a body is read again.
const READINGS: (usize, usize) = (8, 256);

/// Names all that keeps `tree` from being a `T`, in the order of the pointers.
///
/// Of a list with entries for which nothing else can stand, and of a body that is wrong very often, some may be missing.
pub(super) fn fields<T: DeserializeOwned>(mut tree: Value, size: usize) -> Vec<FieldProblem> {
    let mut found: Vec<FieldProblem> = Vec::new();
    let mut mended = Mended::default();
    let names = Names::default();
    for _ in 0..(BUDGET / size.max(1)).clamp(READINGS.0, READINGS.1) {
        let Err(error) = strict::read::<T>(&tree, &names) else { break };
        let fault = Fault::of(&error);
        // What was put in isn't the client's to mend.
        if !mended.covers(&fault.place) && found.len() < MOST {
            found.push(fault.problem(&names));
        }
        if !mended.mend(&mut tree, fault) {
            break;
        }
    }
    found.sort_by(|one, other| (&one.pointer, &one.code).cmp(&(&other.pointer, &other.code)));
    found.dedup();
    found
}

/// The name that stands twice, where it is one of the fields of a `T` itself; else where it stands, as far as those go.
pub(super) fn twice<T: DeserializeOwned>(fault: Option<Fault>) -> Vec<FieldProblem> {
    let names = Names::default();
    // Only what it asks for is of interest.
    drop(strict::read::<T>(&json!({}), &names));
    fault.map(|fault| fault.problem(&names)).into_iter().collect()
}

/// A step from a value to one in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Field(String),
    Entry(usize),
}

type Place = Vec<Step>;

/// What is wrong in one place.
pub(super) struct Fault {
    place: Place,
    code: &'static str,
    /// Something that would be read there, if the error tells.
    fitting: Option<Value>,
}

impl Fault {
    fn of(error: &Error) -> Self {
        let text = error.inner().to_string();
        let mut place = place(error);
        if let Some(rest) = text.strip_prefix("missing field `") {
            let name = rest.split('`').next().unwrap_or_default();
            place.push(Step::Field(name.to_owned()));
            return Self { place, code: "required", fitting: None };
        }
        let code = if text.starts_with("unknown field") { "unknown_field" } else { "invalid" };
        Self { place, code, fitting: fitting(&text) }
    }

    /// A name that stands in an object for the second time.
    pub(super) fn twice(error: &Error) -> Self {
        Self { place: place(error), code: "duplicate_field", fitting: None }
    }

    /// The fault as it is told. A name that isn't ours is left out, with all behind it: it may be what somebody entered.
    pub(super) fn problem(&self, ours: &Names) -> FieldProblem {
        let ours = ours.borrow();
        let told = self.place.iter().map_while(|step| match step {
            Step::Entry(index) => Some(format!("/{index}")),
            Step::Field(name) => ours.contains(name.as_str()).then(|| format!("/{name}")),
        });
        FieldProblem::new(told.collect::<String>(), self.code)
    }
}

fn place(error: &Error) -> Place {
    let steps = error.path().iter().map_while(|segment| match segment {
        Segment::Seq { index } => Some(Step::Entry(*index)),
        Segment::Map { key } => Some(Step::Field(key.clone())),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    steps.collect()
}

/// Something of the kind that an error says it expected.
fn fitting(error: &str) -> Option<Value> {
    let (_, expected) = error.rsplit_once("expected ")?;
    // A name that is taken stands in backticks.
    if let Some(name) = expected.split('`').nth(1) {
        return Some(name.into());
    }
    let has = |words: &[&str]| words.iter().any(|word| expected.contains(word));
    match () {
        () if has(&["boolean"]) => Some(false.into()),
        () if has(&["string"]) => Some("".into()),
        () if has(&["sequence", "tuple", "array"]) => Some(json!([])),
        () if has(&["map", "struct"]) => Some(json!({})),
        () => None,
    }
}

/// What else is tried, for what says of itself no more than that it is wrong.
fn samples() -> [Value; 4] {
    [1.into(), "2000-01-01".into(), "2000-01-01T00:00:00Z".into(), "a".into()]
}

/// What was put in, by place.
#[derive(Default)]
struct Mended(BTreeMap<Place, Vec<Value>>);

impl Mended {
    /// Whether something was put in at a place or around it.
    fn covers(&self, place: &Place) -> bool {
        (0..=place.len()).any(|length| self.0.contains_key(&place[..length]))
    }

    /// Puts something else in the place of what is wrong; `false` if nothing is left to be tried.
    fn mend(&mut self, tree: &mut Value, fault: Fault) -> bool {
        let Fault { mut place, code, mut fitting } = fault;
        if code == "unknown_field" {
            return remove(tree, &place);
        }
        loop {
            let tried = self.0.entry(place.clone()).or_default();
            let mut options = [Value::Null].into_iter().chain(fitting.take()).chain(samples());
            if let Some(next) = options.find(|option| !tried.contains(option)) {
                tried.push(next.clone());
                return put(tree, &place, next);
            }
            // Nothing fits: then what holds it goes, and what else is wrong is still found.
            if place.pop().is_none() {
                return false;
            }
        }
    }
}

fn put(tree: &mut Value, place: &[Step], value: Value) -> bool {
    let Some((last, way)) = place.split_last() else {
        *tree = value;
        return true;
    };
    match (inside(tree, way), last) {
        (Some(Value::Object(fields)), Step::Field(name)) => {
            fields.insert(name.clone(), value);
            true
        }
        (Some(Value::Array(entries)), Step::Entry(index)) => {
            entries.get_mut(*index).map(|entry| *entry = value).is_some()
        }
        _ => false,
    }
}

fn remove(tree: &mut Value, place: &[Step]) -> bool {
    let Some((Step::Field(name), way)) = place.split_last() else { return false };
    match inside(tree, way) {
        Some(Value::Object(fields)) => fields.remove(name).is_some(),
        _ => false,
    }
}

fn inside<'t>(tree: &'t mut Value, way: &[Step]) -> Option<&'t mut Value> {
    way.iter().try_fold(tree, |value, step| match step {
        Step::Field(name) => value.get_mut(name),
        Step::Entry(index) => value.get_mut(index),
    })
}
