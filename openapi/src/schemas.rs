//! The schemas of all operations' types under names that are each used once.
//!
//! A type looks different where it is sent and where it is answered (what may be left out, what is always there), and
//! every area has its own `Line`. So each operation's types are made apart, and what turns out to be the same under the
//! same name is shared.

use crate::{visible, words};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use visage_platform::operation::Listed;
use visage_platform::problem::Problem;

/// Where a named schema stands.
pub(crate) const PLACE: &str = "#/components/schemas/";

/// Whether a type is sent or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Sent,
    Answered,
}

/// One operation's types.
pub(crate) struct Shapes {
    pub(crate) path: Value,
    pub(crate) input: Value,
    pub(crate) output: Value,
}

/// All operations' types.
pub(crate) struct Schemas {
    shapes: BTreeMap<&'static str, Shapes>,
    named: Map<String, Value>,
}

/// What one generator made: the type itself and those it refers to.
struct Made {
    schema: Value,
    definitions: Map<String, Value>,
}

impl Schemas {
    pub(crate) fn of(operations: &[&Listed]) -> Self {
        let mut made = BTreeMap::new();
        for listed in operations {
            let name = listed.info.name;
            made.insert((name, Way::Sent, "path"), make(Way::Sent, listed.path));
            made.insert((name, Way::Sent, "input"), make(Way::Sent, listed.input));
            let mut output = make(Way::Answered, listed.output);
            let grant = listed.permission.grant;
            visible::mark(&mut output.schema, &mut output.definitions, (0, listed.fields), grant);
            made.insert((name, Way::Answered, "output"), output);
        }
        made.insert(("", Way::Answered, "problem"), make(Way::Answered, Problem::schema));
        let names = Names::of(&made);
        let mut all = Self { shapes: BTreeMap::new(), named: Map::new() };
        for ((operation, way, _), made) in &made {
            for (name, definition) in &made.definitions {
                let definition = names.rename(definition, operation, *way);
                all.named.insert(names.of_type(operation, *way, name), definition);
            }
        }
        for listed in operations {
            let name = listed.info.name;
            let shape = |way, part| names.rename(&made[&(name, way, part)].schema, name, way);
            let (path, input) = (shape(Way::Sent, "path"), shape(Way::Sent, "input"));
            all.shapes.insert(name, Shapes { path, input, output: shape(Way::Answered, "output") });
        }
        all
    }

    /// The types of the operation with that name.
    pub(crate) fn shapes(&self, operation: &str) -> Option<&Shapes> {
        self.shapes.get(operation)
    }

    /// What a schema is, if it only refers to one.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|place| place.strip_prefix(PLACE));
        name.and_then(|name| self.named.get(name)).unwrap_or(schema)
    }

    /// The named schemas that the parts of a document refer to, directly or not.
    pub(crate) fn used_by(&self, parts: &[&Value]) -> Value {
        let mut used = BTreeSet::new();
        let mut open: Vec<String> = parts.iter().flat_map(|part| references(part)).collect();
        while let Some(name) = open.pop() {
            if used.insert(name.clone()) {
                open.extend(self.named.get(&name).into_iter().flat_map(references));
            }
        }
        let named = used.into_iter().filter_map(|name| Some((name.clone(), self.named.get(&name)?.clone())));
        Value::Object(named.collect())
    }
}

fn make(way: Way, shape: fn(&mut SchemaGenerator) -> schemars::Schema) -> Made {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let settings = match way {
        Way::Sent => settings.for_deserialize(),
        Way::Answered => settings.for_serialize(),
    };
    let mut generator = settings.into_generator();
    let mut schema = shape(&mut generator).to_value();
    let mut definitions = generator.take_definitions(true);
    words::tidy(&mut schema);
    definitions.values_mut().for_each(words::tidy);
    Made { schema, definitions }
}

/// Which name a type gets.
struct Names {
    /// Of each name, how differently it looks on each way.
    looks: BTreeMap<String, BTreeMap<Way, BTreeSet<String>>>,
}

impl Names {
    fn of(made: &BTreeMap<(&'static str, Way, &'static str), Made>) -> Self {
        let mut looks: BTreeMap<String, BTreeMap<Way, BTreeSet<String>>> = BTreeMap::new();
        for ((_, way, _), made) in made {
            for (name, definition) in &made.definitions {
                let look = expanded(definition, &made.definitions, &mut vec![name.as_str()]).to_string();
                looks.entry(name.clone()).or_default().entry(*way).or_default().insert(look);
            }
        }
        Self { looks }
    }

    /// The name of what one operation calls `name`: the same, unless others mean something else by it.
    fn of_type(&self, operation: &str, way: Way, name: &str) -> String {
        let empty = BTreeMap::new();
        let looks = self.looks.get(name).unwrap_or(&empty);
        let all: BTreeSet<&String> = looks.values().flatten().collect();
        let most = looks.values().map(BTreeSet::len).max().unwrap_or_default();
        if matches!(name, "Path" | "Input" | "Output") || most > 1 {
            return format!("{}{name}", words::in_camel_case(operation));
        }
        // Answered as it is called; sent with what may be left out.
        if all.len() > 1 && way == Way::Sent { format!("{name}Input") } else { name.to_owned() }
    }

    fn rename(&self, schema: &Value, operation: &str, way: Way) -> Value {
        match schema {
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, value)| match (key.as_str(), value.as_str()) {
                        ("$ref", Some(place)) => {
                            let name = place.strip_prefix(PLACE).unwrap_or(place);
                            (key.clone(), json!(format!("{PLACE}{}", self.of_type(operation, way, name))))
                        }
                        _ => (key.clone(), self.rename(value, operation, way)),
                    })
                    .collect(),
            ),
            Value::Array(items) => {
                items.iter().map(|item| self.rename(item, operation, way)).collect::<Vec<_>>().into()
            }
            other => other.clone(),
        }
    }
}

/// A schema with everything that it refers to in place; what refers to itself is left at its name.
fn expanded<'a>(schema: &'a Value, definitions: &'a Map<String, Value>, within: &mut Vec<&'a str>) -> Value {
    match schema {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|place| place.strip_prefix(PLACE));
            let target = name.and_then(|name| Some((name, definitions.get(name)?)));
            let open = target.filter(|(name, _)| !within.contains(name));
            let mut all: Map<String, Value> = fields
                .iter()
                .map(|(key, value)| (key.clone(), expanded(value, definitions, within)))
                .collect();
            if let Some((name, target)) = open {
                within.push(name);
                all.insert("$ref".to_owned(), expanded(target, definitions, within));
                within.pop();
            }
            Value::Object(all)
        }
        Value::Array(items) => {
            items.iter().map(|item| expanded(item, definitions, within)).collect::<Vec<_>>().into()
        }
        other => other.clone(),
    }
}

/// The names of the schemas that a part of a document refers to.
fn references(part: &Value) -> Vec<String> {
    match part {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).and_then(|place| place.strip_prefix(PLACE));
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
