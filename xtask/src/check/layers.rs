//! Crates depend downwards only: domain ← store ← platform ← functions; AWS's crates appear in the store alone.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::verdict;
use crate::paths::{Paths, metadata};

/// The part of `cargo metadata` that counts.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// What a crate's place allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Domain,
    Store,
    Platform,
    Function,
    /// Test support, tests, the document, the stand-ins and this tool: not shipped.
    Bench,
}

impl Place {
    /// The place of a crate, from its folder in the workspace.
    fn of(folder: &str) -> Option<Self> {
        match folder.split('/').collect::<Vec<_>>()[..] {
            ["shared", "domain"] => Some(Self::Domain),
            ["shared", "store"] => Some(Self::Store),
            ["shared", "platform"] => Some(Self::Platform),
            ["functions", _] => Some(Self::Function),
            ["shared", "testkit"] | ["local", _] | ["openapi"] | ["tests"] | ["xtask"] => Some(Self::Bench),
            _ => None,
        }
    }

    /// Whether a crate here may depend on one there.
    fn may_use(self, other: Self) -> bool {
        use Place::{Bench, Domain, Function, Platform, Store};
        match self {
            Domain => false,
            Store => other == Domain,
            Platform => matches!(other, Domain | Store),
            Function => matches!(other, Domain | Store | Platform),
            Bench => true,
        }
    }

    /// Whether a crate here may name AWS's crates.
    fn may_name_aws(self) -> bool {
        matches!(self, Self::Store | Self::Bench)
    }
}

/// Looks at every crate's dependencies.
pub(crate) fn check(paths: &Paths) -> Result<()> {
    let metadata: Metadata = serde_json::from_value(metadata(&paths.root, &["--no-deps"])?)?;
    let mut places = Vec::new();
    for package in &metadata.packages {
        let folder = folder(package, &metadata.workspace_root)?;
        let place = Place::of(&folder);
        places
            .push((package, place.with_context(|| format!("{folder}: this place of a crate has no layer"))?));
    }
    verdict(&problems(&places))
}

/// A package's folder, from the workspace's.
fn folder(package: &Package, root: &str) -> Result<String> {
    let folder = Path::new(&package.manifest_path).parent().context("a manifest lies in a folder")?;
    Ok(folder.strip_prefix(root)?.to_string_lossy().into_owned())
}

fn problems(places: &[(&Package, Place)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (package, place) in places {
        // Tests may use anything; what is shipped or built may not.
        for dependency in package.dependencies.iter().filter(|each| each.kind.as_deref() != Some("dev")) {
            let other = places.iter().find(|(other, _)| other.name == dependency.name);
            if other.is_some_and(|(_, other)| !place.may_use(*other)) {
                problems.push(format!("{} may not depend on {}", package.name, dependency.name));
            }
            if dependency.name.starts_with("aws-") && is_service(&dependency.name) && !place.may_name_aws() {
                problems.push(format!(
                    "{} may not name {}: only shared/store does",
                    package.name, dependency.name
                ));
            }
        }
    }
    problems
}

/// AWS's service clients and their plumbing; the cryptography library of the same prefix is no service.
fn is_service(name: &str) -> bool {
    !matches!(name, "aws-lc-rs" | "aws-lc-sys")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).to_owned(),
            kind: kind.map(str::to_owned),
        };
        let dependencies = dependencies.iter().map(dependency).collect();
        Package { name: name.to_owned(), manifest_path: String::new(), dependencies }
    }

    #[test]
    fn upward_and_sideways_dependencies_are_told() {
        let domain = package("domain", &[("store", None)]);
        let store = package("store", &[("domain", None), ("aws-sdk-s3", None)]);
        let intake = package(
            "intake",
            &[("store", None), ("photos", None), ("aws-sdk-s3", None), ("aws-lc-rs", None)],
        );
        let photos = package("photos", &[("intake", Some("dev"))]);
        let places = [
            (&domain, Place::Domain),
            (&store, Place::Store),
            (&intake, Place::Function),
            (&photos, Place::Function),
        ];
        let expected = [
            "domain may not depend on store",
            "intake may not depend on photos",
            "intake may not name aws-sdk-s3: only shared/store does",
        ];
        assert_eq!(problems(&places), expected);
    }

    #[test]
    fn places_are_told_by_folder() {
        assert_eq!(Place::of("functions/intake"), Some(Place::Function));
        assert_eq!(Place::of("local/rekognition"), Some(Place::Bench));
        assert_eq!(Place::of("shared/other"), None);
    }
}
