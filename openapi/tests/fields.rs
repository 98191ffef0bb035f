//! What an answer shows is what is listed of it: by its schema, by its sample, and by role.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use visage_domain::fields::{Content, Field, only};
use visage_domain::ids::StaffId;
use visage_domain::permission::Grant;
use visage_domain::principal::{Actor, Role};
use visage_openapi::{document, operations, root};
use visage_platform::operation::Listed;

use Role::{Owner, Provider};

/// Everything that isn't for all who may ask: what decision 43 says, word for word.
const RESTRICTED: &[(&str, &str, &[Role])] = &[
    ("compare_visits", "views/comparison", &[Provider]),
    ("list_reports", "reports/url", &[Provider]),
    ("list_reports", "reports/urlExpiresAt", &[Provider]),
    ("list_staff", "staff/etag", &[Owner]),
    ("open_evaluation", "addenda/text", &[Provider]),
    ("open_evaluation", "assessment", &[Provider]),
    ("open_evaluation", "photos/findings/faces", &[Provider]),
    ("open_evaluation", "photos/findings/measures", &[Provider]),
    ("open_evaluation", "photos/findings/model", &[Provider]),
    ("open_evaluation", "photos/findings/moderation", &[Provider]),
];

/// As the operations say now, so that what is forgotten is named before the document is renewed.
static MADE: LazyLock<Value> = LazyLock::new(|| document().unwrap_or_default());

fn answering() -> Vec<Listed> {
    operations().into_iter().filter(|listed| listed.info.status != 204).collect()
}

fn sample(listed: &Listed) -> Result<Value> {
    let file = format!("events/answers/{}.json", listed.info.name);
    let text = std::fs::read_to_string(root().join(&file)).with_context(|| file.clone())?;
    serde_json::from_str(&text).context(file)
}

fn staff(roles: &[Role]) -> Actor {
    Actor::Staff { staff: StaffId::from_bits([1; 16]), roles: roles.to_vec() }
}

/// The roles that may call an operation; none where its callers have none.
fn roles(listed: &Listed) -> &'static [Role] {
    match listed.permission.grant {
        Grant::Staff(roles) => roles,
        _ => &[],
    }
}

/// Who sees everything that an operation shows.
fn who_sees_all(listed: &Listed) -> Actor {
    if roles(listed).is_empty() { Actor::Visitor } else { staff(roles(listed)) }
}

/// A schema with everything that it may be instead, or refers to.
fn faces(schema: &'static Value) -> Vec<&'static Value> {
    let place = schema["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
    let parts = ["oneOf", "anyOf", "allOf"]
        .into_iter()
        .flat_map(|part| schema[part].as_array().into_iter().flatten());
    let inner =
        place.and_then(|place| MADE.pointer(place)).into_iter().chain(parts).chain(schema.get("items"));
    std::iter::once(schema).chain(inner.flat_map(faces)).collect()
}

fn members(schema: &'static Value, part: &str) -> impl Iterator<Item = (&'static String, &'static Value)> {
    schema[part].as_object().into_iter().flatten()
}

/// The fields of what a schema describes.
fn properties(schema: &'static Value) -> BTreeMap<&'static str, Vec<&'static Value>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, property) in faces(schema).into_iter().flat_map(|face| members(face, "properties")) {
        found.entry(name.as_str()).or_default().push(property);
    }
    found
}

/// What stands below keys that are data.
fn entries(schema: &'static Value) -> Vec<&'static Value> {
    let parts = |face| {
        let named =
            members(face, "properties").chain(members(face, "patternProperties")).map(|(_, entry)| entry);
        named.chain(face.get("additionalProperties").filter(|entry| entry.is_object()))
    };
    faces(schema).into_iter().flat_map(parts).collect()
}

/// Compares what is listed with what a schema describes.
fn compare(schemas: &[&'static Value], fields: &'static [Field], at: &str, wrong: &mut Vec<String>) {
    let mut described: BTreeMap<&str, Vec<&'static Value>> = BTreeMap::new();
    for (name, property) in schemas.iter().flat_map(|schema| properties(schema)) {
        described.entry(name).or_default().extend(property);
    }
    for name in described.keys().filter(|name| fields.iter().all(|field| field.name != **name)) {
        wrong.push(format!(
            "{at}/{name} isn't listed: list it in FIELDS of the type, with the roles that need it"
        ));
    }
    for field in fields {
        let at = format!("{at}/{}", field.name);
        let Some(mut below) = described.remove(field.name) else {
            wrong.push(format!("{at} is listed, once too often or without being answered"));
            continue;
        };
        for _ in 0..field.keys {
            below = below.into_iter().flat_map(entries).collect();
        }
        let has_fields =
            below.iter().any(|schema| !properties(schema).is_empty() || !entries(schema).is_empty());
        match field.content {
            Content::Object(fields) => compare(&below, fields, &at, wrong),
            Content::Plain if has_fields => wrong.push(format!("{at} has fields: list them by `.of(…)`")),
            Content::Plain if below.is_empty() => wrong.push(format!("{at} has no keys that are data")),
            Content::Plain | Content::Again | Content::Whole => {}
        }
    }
}

#[test]
fn every_field_of_an_answer_is_listed_and_nothing_else() -> Result<()> {
    let mut wrong = Vec::new();
    for listed in operations() {
        let (name, path, method) =
            (listed.info.name, listed.info.path, listed.info.method.to_ascii_lowercase());
        let success = &MADE["paths"][path][&method]["responses"][listed.info.status.to_string()];
        match &success["content"][listed.produces]["schema"] {
            // Its elements are FHIR's to describe; those we answer are in the sample.
            Value::Object(_) if listed.produces == "application/fhir+json" => {}
            schema @ Value::Object(_) => compare(&[schema], listed.fields, name, &mut wrong),
            _ if listed.info.status == 204 && listed.fields.is_empty() => {}
            _ => wrong.push(format!("{name} lists fields and answers none, or the other way round")),
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Puts a field that nobody listed into every object, at every depth. Answers how many there are.
fn sow(value: &mut Value, keys: u8, fields: &'static [Field]) -> usize {
    match value {
        Value::Array(items) => items.iter_mut().map(|item| sow(item, keys, fields)).sum(),
        Value::Object(entries) if keys > 0 => {
            entries.values_mut().map(|entry| sow(entry, keys - 1, fields)).sum()
        }
        Value::Object(object) => {
            let below = |field: &Field| {
                let inner = field.fields(fields)?;
                object.get_mut(field.name).map(|value| sow(value, field.keys, inner))
            };
            let sown: usize = fields.iter().filter_map(below).sum();
            object.insert("unheardOf".to_owned(), json!({ "of": [{ "state": "new" }] }));
            object.insert("neverListed".to_owned(), json!("new"));
            sown + 1
        }
        _ => 0,
    }
}

#[test]
fn what_is_not_listed_vanishes_from_every_answer_and_nothing_else_does() -> Result<()> {
    let mut all = 0;
    for listed in answering() {
        let (name, whole) = (listed.info.name, sample(&listed)?);
        let mut grown = whole.clone();
        let sown = sow(&mut grown, 0, listed.fields);
        ensure!(sown > 0 && grown != whole, "{name} answers no object");
        ensure!(
            only(grown, listed.fields, &who_sees_all(&listed)) == whole,
            "{name} shows more or less than its sample"
        );
        all += sown;
    }
    ensure!(all > 200, "only {all} objects");
    Ok(())
}

/// Every field that is for some roles alone, by its path.
fn restricted(fields: &'static [Field], at: &str, found: &mut Vec<(String, &'static [Role])>) {
    for field in fields {
        let at = format!("{at}{}", field.name);
        if !field.to.is_empty() {
            found.push((at.clone(), field.to));
        }
        if let Content::Object(inner) = field.content {
            restricted(inner, &format!("{at}/"), found);
        }
    }
}

/// Whether something stands at a path, of the items of lists in any.
fn stands(value: &Value, path: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| stands(item, path)),
        _ => match path.split_once('/') {
            Some((name, rest)) => value.get(name).is_some_and(|value| stands(value, rest)),
            None => value.get(path).is_some(),
        },
    }
}

#[test]
fn what_is_for_some_roles_is_what_was_decided_and_no_other_role_is_shown_it() -> Result<()> {
    let mut found = Vec::new();
    for listed in operations() {
        let (name, holders) = (listed.info.name, roles(&listed));
        let mut fields = Vec::new();
        restricted(listed.fields, "", &mut fields);
        for (at, to) in fields {
            let idle: Vec<_> = to.iter().filter(|role| !holders.contains(role)).collect();
            ensure!(
                idle.is_empty(),
                "{name}/{at} is for {idle:?}, who don't hold {}",
                listed.permission.name
            );
            let whole = sample(&listed)?;
            for role in holders {
                let seen = only(whole.clone(), listed.fields, &staff(&[*role]));
                ensure!(stands(&whole, &at), "the sample of {name} has no {at}");
                ensure!(stands(&seen, &at) == to.contains(role), "{name}/{at} for {role:?}");
            }
            if holders.iter().any(|role| !to.contains(role)) {
                found.push((name, at, to));
            }
        }
    }
    found.sort();
    let found: Vec<_> = found.iter().map(|(name, at, to)| (*name, at.as_str(), *to)).collect();
    ensure!(found == RESTRICTED, "{found:#?}");
    Ok(())
}

#[test]
fn the_description_says_who_sees_what_is_not_for_all() -> Result<()> {
    for (name, at, to) in RESTRICTED {
        let listed = operations().into_iter().find(|it| it.info.name == *name).context(*name)?;
        let method = listed.info.method.to_ascii_lowercase();
        let success = &MADE["paths"][listed.info.path][&method]["responses"][listed.info.status.to_string()];
        let (mut around, mut below) = (Vec::new(), vec![&success["content"][listed.produces]["schema"]]);
        for part in at.split('/') {
            around = below.iter().flat_map(|schema| faces(schema)).collect();
            below =
                below.iter().flat_map(|schema| properties(schema).remove(part).unwrap_or_default()).collect();
        }
        let last = at.rsplit('/').next().unwrap_or_default();
        ensure!(!below.is_empty(), "{name}/{at} isn't described");
        ensure!(below.iter().all(|schema| schema["x-visible-to"] == json!(to)), "{name}/{at}: {below:?}");
        let mut required =
            around.iter().flat_map(|schema| schema["required"].as_array().into_iter().flatten());
        ensure!(required.all(|it| it != last), "{name}/{at} is required, and left out for some");
    }
    Ok(())
}
