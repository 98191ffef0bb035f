//! The description of the API is fresh, its examples are valid, and every place names the same operations.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use visage_domain::access_review::PERMISSION_OF;
use visage_domain::permission::{Grant, TABLE};
use visage_openapi::{COMMAND, DOCUMENT, areas, operations, root, workers};
use visage_platform::Problem;

/// What is kept, not what would be written: a stale document fails one test with the command that renews it.
static DOCUMENT_KEPT: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
});

fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(root().join(file)).with_context(|| file.to_owned())
}

/// The names of the files of a folder with an extension.
fn stems(folder: &str, extension: &str) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(root().join(folder))? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == extension) {
            found.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    Ok(found)
}

/// Every operation of the document: its path, its method, and what is said of it.
fn described() -> impl Iterator<Item = (&'static String, &'static String, &'static Value)> {
    let paths = DOCUMENT_KEPT["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        methods.as_object().into_iter().flatten().map(move |(method, what)| (path, method, what))
    })
}

#[test]
fn the_document_is_fresh() -> Result<()> {
    let kept = read(DOCUMENT).unwrap_or_default();
    ensure!(kept == visage_openapi::text()?, "{DOCUMENT} isn't what the operations say: run `{COMMAND}`");
    Ok(())
}

#[test]
fn every_place_names_the_same_operations() -> Result<()> {
    let operations = operations();
    let names: BTreeSet<String> = operations.iter().map(|it| it.info.name.to_owned()).collect();
    ensure!(names.len() == operations.len(), "two operations have one name");

    let described_ids: BTreeSet<String> =
        described().filter_map(|(.., what)| what["operationId"].as_str().map(str::to_owned)).collect();
    ensure!(described_ids == names, "{DOCUMENT} names {described_ids:#?}\nthe areas {names:#?}");

    let workers: BTreeSet<String> = workers().iter().map(|it| it.name.to_owned()).collect();
    let functions: BTreeSet<String> = names.union(&workers).cloned().collect();
    let events = stems("events", "json")?;
    ensure!(events == functions, "events/ has {events:#?}\nthe areas {functions:#?}");
    let answers = stems("events/answers", "json")?;
    let answering: BTreeSet<String> =
        operations.iter().filter(|it| it.info.status != 204).map(|it| it.info.name.to_owned()).collect();
    ensure!(answers == answering, "events/answers/ has {answers:#?}\nthe areas {answering:#?}");
    let mut binaries = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("functions"))? {
        let folder = format!("functions/{}/src/bin", entry?.file_name().to_string_lossy());
        binaries.extend(stems(&folder, "rs")?);
    }
    ensure!(binaries == functions, "binaries {binaries:#?}\nthe areas {functions:#?}");
    Ok(())
}

#[test]
fn every_route_of_the_templates_is_an_operation() -> Result<()> {
    let mut routes = BTreeSet::new();
    for area in stems("infra", "yaml")? {
        let template = read(&format!("infra/{area}.yaml"))?;
        let keys = template.lines().filter_map(|line| line.split_once("RouteKey:"));
        routes.extend(keys.map(|(_, key)| key.trim().trim_matches(['\'', '"']).to_owned()));
    }
    let listed: BTreeSet<String> =
        operations().iter().map(|it| format!("{} {}", it.info.method, it.info.path)).collect();
    let described: BTreeSet<String> =
        described().map(|(path, method, _)| format!("{} {path}", method.to_ascii_uppercase())).collect();
    ensure!(routes == listed, "templates {routes:#?}\nthe areas {listed:#?}");
    ensure!(described == listed, "{DOCUMENT} {described:#?}\nthe areas {listed:#?}");
    Ok(())
}

#[test]
fn every_permission_is_some_operations() {
    let mut held: BTreeSet<&str> = operations().iter().map(|it| it.permission.name).collect();
    // Everybody may ask about their own sessions; the same operations ask for this about others'.
    held.insert("session.manage");
    let granted: BTreeSet<&str> =
        TABLE.iter().filter(|row| row.grant != Grant::Function).map(|row| row.name).collect();
    assert_eq!(held, granted);
    // What a function may do is named as the function is, the noun first.
    for row in TABLE.iter().filter(|row| row.grant == Grant::Function) {
        let (noun, verb) = row.name.split_once('.').unwrap_or_default();
        let fits = |name: &str| name == format!("{verb}_{noun}") || name == format!("{noun}_{verb}");
        assert!(workers().iter().any(|worker| fits(worker.name)), "{} is no worker's", row.name);
    }
}

#[test]
fn an_access_review_knows_the_permission_of_every_operation_of_staff() {
    let of_staff = |permission: Grant| matches!(permission, Grant::Staff(_));
    let operations = operations().into_iter().filter(|it| of_staff(it.permission.grant));
    let asked: BTreeSet<_> = operations.map(|it| (it.info.name, it.permission.name)).collect();
    let known: BTreeSet<_> = PERMISSION_OF.iter().copied().collect();
    let differing: Vec<_> = asked.symmetric_difference(&known).collect();
    assert!(differing.is_empty(), "shared/domain/src/access_review/used.rs differs in {differing:?}");
}

#[test]
fn sample_events_are_what_the_functions_get() -> Result<()> {
    let mut wrong = Vec::new();
    for listed in operations() {
        let file = format!("events/{}.json", listed.info.name);
        if let Err(error) = (listed.reads)(&read(&file)?) {
            wrong.push(format!("{file}: {error}"));
        }
    }
    for worker in workers() {
        let file = format!("events/{}.json", worker.name);
        if !(worker.reads)(&read(&file)?) {
            wrong.push(format!("{file} isn't what the function gets"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// What is wrong with `instance` by a schema of the document.
fn errors(schema: &Value, instance: &Value) -> Result<Vec<String>> {
    let schema = json!({ "allOf": [schema], "components": DOCUMENT_KEPT["components"] });
    let validator = jsonschema::options().should_validate_formats(true).build(&schema)?;
    Ok(validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect())
}

#[test]
fn examples_are_valid() -> Result<()> {
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    let mut check = |what: String, schema: &Value, example: &Value| -> Result<()> {
        looked_at += 1;
        wrong.extend(errors(schema, example)?.into_iter().map(|error| format!("{what}: {error}")));
        Ok(())
    };
    for (_, _, what) in described() {
        let name = what["operationId"].as_str().unwrap_or_default();
        for parameter in what["parameters"].as_array().into_iter().flatten() {
            if let Some(example) = parameter.get("example") {
                check(format!("{name} {}", parameter["name"]), &parameter["schema"], example)?;
            }
        }
        for (_, content) in what["requestBody"]["content"].as_object().into_iter().flatten() {
            check(format!("{name} takes"), &content["schema"], &content["example"])?;
        }
        for (status, response) in what["responses"].as_object().into_iter().flatten() {
            let place = response["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
            let response = DOCUMENT_KEPT.pointer(place).filter(|_| !place.is_empty()).unwrap_or(response);
            let success = response["content"].as_object().filter(|_| status.starts_with('2'));
            for (_, content) in success.into_iter().flatten() {
                check(format!("{name} answers {status}"), &content["schema"], &content["example"])?;
            }
            let Some(problem) = response.pointer("/content/application~1problem+json") else { continue };
            for code in problem["examples"].as_object().into_iter().flatten().map(|(code, _)| code) {
                let example = &DOCUMENT_KEPT["components"]["examples"][code]["value"];
                check(format!("{name} answers {status} {code}"), &problem["schema"], example)?;
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    ensure!(looked_at > 500, "only {looked_at} examples");
    Ok(())
}

/// A problem that an operation's own file makes and its description doesn't have. What its neighbours make for it is
/// compared with the answers of the tests of the whole system.
#[test]
fn what_an_operation_refuses_is_described() -> Result<()> {
    let codes: BTreeSet<&str> = Problem::ALL.iter().map(|problem| problem.code).collect();
    for (area, operations) in areas() {
        for listed in operations {
            let file = format!("functions/{area}/src/{}.rs", listed.info.name);
            let text = read(&file)?;
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let named = code.split("Problem::").skip(1);
            let named = named.map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next());
            let refused: BTreeSet<&str> = named.flatten().filter(|name| codes.contains(name)).collect();
            let described: BTreeSet<&str> = listed.problems().iter().map(|problem| problem.code).collect();
            let missing: Vec<_> = refused.difference(&described).collect();
            ensure!(missing.is_empty(), "{file} refuses with {missing:?}, which its INFO doesn't say");
        }
    }
    Ok(())
}

#[test]
fn names_and_codes_of_problems_agree() {
    let source = include_str!("../../shared/platform/src/problem.rs");
    for problem in Problem::ALL {
        let line = format!(" \"{}\" ", problem.code);
        assert!(source.contains(&line), "{}", problem.code);
        assert!(source.contains(&format!("\n    {} ", problem.code)), "{} has another name", problem.code);
    }
}
