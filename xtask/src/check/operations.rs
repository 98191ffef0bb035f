//! An operation is a binary, a function in the template of its area, and a sample event: all three or none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};

use super::{files, stem, verdict};
use crate::paths::Paths;

/// CloudFormation takes 500 resources in a stack; the area is to be split well before.
const MOST_RESOURCES: usize = 400;
/// API Gateway takes 300 routes per API.
const MOST_ROUTES: usize = 250;

/// Area to its operations.
type Areas = BTreeMap<String, BTreeSet<String>>;

/// Compares the three places.
pub(crate) fn check(paths: &Paths) -> Result<()> {
    let binaries = binaries(&paths.root.join("functions"))?;
    let mut problems = Vec::new();
    let mut functions = Areas::new();
    let mut routes = 0;
    for template in files(&paths.root.join("infra"), "yaml")? {
        let text = std::fs::read_to_string(&template)?;
        let area = stem(&template);
        let found = functions_of(&text);
        routes += count(&text, "AWS::ApiGatewayV2::Route");
        let resources = text.lines().filter(|line| line.starts_with("    Type: AWS::")).count();
        if resources > MOST_RESOURCES {
            problems.push(format!("infra/{area}.yaml has {resources} resources, more than {MOST_RESOURCES}"));
        }
        let declared = count(&text, "AWS::Serverless::Function");
        if declared != found.len() {
            problems.push(format!("infra/{area}.yaml: {declared} functions name {} binaries", found.len()));
        }
        if !found.is_empty() {
            // The metrics' dimension of the same name.
            if !text.contains(&format!("\n        VISAGE_AREA: {area}\n")) {
                problems.push(format!("infra/{area}.yaml doesn't tell its functions VISAGE_AREA: {area}"));
            }
            functions.insert(area, found);
        }
    }
    if routes > MOST_ROUTES {
        problems.push(format!("{routes} routes, more than {MOST_ROUTES}"));
    }
    let events = files(&paths.root.join("events"), "json")?.iter().map(|path| stem(path)).collect();
    problems.extend(compare(&binaries, &functions, &events));
    verdict(&problems)
}

/// What one place has and another lacks.
fn compare(binaries: &Areas, functions: &Areas, events: &BTreeSet<String>) -> Vec<String> {
    let none = BTreeSet::new();
    let mut problems = Vec::new();
    let areas: BTreeSet<&String> = binaries.keys().chain(functions.keys()).collect();
    for area in areas {
        let built = binaries.get(area).unwrap_or(&none);
        let deployed = functions.get(area).unwrap_or(&none);
        for name in built.difference(deployed) {
            problems
                .push(format!("infra/{area}.yaml has no function for functions/{area}/src/bin/{name}.rs"));
        }
        for name in deployed.difference(built) {
            problems
                .push(format!("functions/{area}/src/bin/{name}.rs is missing: infra/{area}.yaml deploys it"));
        }
    }
    let all: BTreeSet<String> = binaries.values().flatten().cloned().collect();
    problems.extend(all.difference(events).map(|name| format!("events/{name}.json is missing")));
    problems
        .extend(events.difference(&all).map(|name| format!("events/{name}.json belongs to no operation")));
    problems
}

/// The binaries of each area.
fn binaries(folder: &Path) -> Result<Areas> {
    let mut areas = Areas::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} can't be read", folder.display()))? {
        let area = entry?.path();
        let found: BTreeSet<String> =
            files(&area.join("src/bin"), "rs")?.iter().map(|path| stem(path)).collect();
        if !found.is_empty() {
            areas.insert(stem(&area), found);
        }
    }
    Ok(areas)
}

/// The binaries a template's functions name: `BuildProperties: {Binary: name}`.
pub(super) fn functions_of(template: &str) -> BTreeSet<String> {
    let names = template.lines().filter_map(|line| line.split_once("Binary:"));
    names.map(|(_, name)| name.trim_matches([' ', '}', '\'', '"']).to_owned()).collect()
}

fn count(template: &str, kind: &str) -> usize {
    template
        .lines()
        .filter(|line| line.trim().strip_prefix("Type:").is_some_and(|rest| rest.trim() == kind))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(pairs: &[(&str, &[&str])]) -> Areas {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        pairs.iter().map(|(area, names)| ((*area).to_owned(), set(names))).collect()
    }

    #[test]
    fn every_missing_piece_is_told() {
        let built = areas(&[("intake", &["start_intake", "get_intake"])]);
        let deployed = areas(&[("intake", &["start_intake"]), ("photos", &["receive_photo"])]);
        let events = ["start_intake", "old"].map(str::to_owned).into();
        let expected = [
            "infra/intake.yaml has no function for functions/intake/src/bin/get_intake.rs",
            "functions/photos/src/bin/receive_photo.rs is missing: infra/photos.yaml deploys it",
            "events/get_intake.json is missing",
            "events/old.json belongs to no operation",
        ];
        assert_eq!(compare(&built, &deployed, &events), expected);
    }

    #[test]
    fn binaries_are_read_from_build_metadata() {
        let template = "    Type: AWS::Serverless::Function\n      BuildProperties: {Binary: get_form}\n";
        assert_eq!(functions_of(template), BTreeSet::from(["get_form".to_owned()]));
        assert_eq!(count(template, "AWS::Serverless::Function"), 1);
    }
}
