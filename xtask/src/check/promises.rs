//! `docs/PROMISES.md` is true: each row's files exist, and each of its tests exists and is not ignored.
//!
//! A row is `| row | promise | kept in | tests |`; files and tests stand in backquotes. A test is
//! `package::path::to::test`; for a test in `tests/<file>.rs` the path begins with the file's name. One of the templates and of
//! what deploys them locally is `local::file::Class::test`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{files, verdict};
use crate::compile::{self, Artifact, Message};
use crate::paths::Paths;
use crate::run::clean;

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
struct Promise {
    row: String,
    files: Vec<String>,
    tests: Vec<String>,
}

/// Reads the table and compares it with the tree and the tests.
pub(crate) fn check(paths: &Paths) -> Result<()> {
    let table = paths.root.join("docs/PROMISES.md");
    let text =
        std::fs::read_to_string(&table).with_context(|| format!("{} can't be read", table.display()))?;
    let promises = rows(&text)?;
    if promises.is_empty() {
        bail!("docs/PROMISES.md has no row");
    }
    let mut tests = tests(paths)?;
    tests.extend(scripts(paths)?);
    verdict(&problems(&promises, &|file| paths.root.join(file).exists(), &tests))
}

/// The rows of the tables with these four columns.
fn rows(text: &str) -> Result<Vec<Promise>> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| line.trim_start().starts_with('|')) {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let [row, _, files, tests] = cells[..] else { bail!("not a row of four cells: {line}") };
        let is_rule = row.chars().all(|letter| matches!(letter, '-' | ':' | ' '));
        if row != "row" && !is_rule {
            found.push(Promise { row: row.to_owned(), files: quoted(files), tests: quoted(tests) });
        }
    }
    Ok(found)
}

/// What stands in backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn problems(
    promises: &[Promise],
    exists: &dyn Fn(&str) -> bool,
    tests: &BTreeMap<String, bool>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for Promise { row, files, tests: named } in promises {
        if files.is_empty() || named.is_empty() {
            problems.push(format!("row {row} names no file or no test"));
        }
        problems.extend(
            files.iter().filter(|file| !exists(file)).map(|file| format!("row {row}: no file {file}")),
        );
        for name in named {
            match tests.get(name) {
                Some(false) => {}
                Some(true) => problems.push(format!("row {row}: the test {name} is ignored")),
                None => problems.push(format!("row {row}: no test {name}")),
            }
        }
    }
    problems
}

/// Every test of the scripts, and whether it is ignored.
fn scripts(paths: &Paths) -> Result<BTreeMap<String, bool>> {
    let mut found = BTreeMap::new();
    for file in files(&paths.root.join("local"), "py")? {
        let name = file.file_stem().and_then(|stem| stem.to_str()).context("a script has a name")?;
        if name.starts_with("test_") {
            found.extend(script_tests(&format!("local::{name}"), &std::fs::read_to_string(&file)?));
        }
    }
    Ok(found)
}

/// The tests that a script defines. One that is marked to be skipped, or whose class is, is ignored.
fn script_tests(script: &str, text: &str) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    let (mut class, mut class_is_skipped, mut is_skipped) = ("", false, false);
    for line in text.lines() {
        let line = line.trim();
        let name = |keyword| line.strip_prefix(keyword)?.split(['(', ':']).next();
        if line.starts_with('@') {
            is_skipped |= line.contains("skip") || line.contains("expectedFailure");
        } else if let Some(name) = name("class ") {
            (class, class_is_skipped, is_skipped) = (name, is_skipped, false);
        } else if let Some(name) = name("def ") {
            if name.starts_with("test_") {
                found.insert(format!("{script}::{class}::{name}"), is_skipped || class_is_skipped);
            }
            is_skipped = false;
        }
    }
    found
}

/// Every test of the workspace, and whether it is ignored.
fn tests(paths: &Paths) -> Result<BTreeMap<String, bool>> {
    let mut found = BTreeMap::new();
    for message in compile::built_tests(paths)? {
        if let Message::Artifact(artifact) = message
            && artifact.profile.test
        {
            collect(&artifact, &mut found)?;
        }
    }
    Ok(found)
}

/// Adds the tests of one executable.
fn collect(artifact: &Artifact, found: &mut BTreeMap<String, bool>) -> Result<()> {
    let Artifact { executable: Some(program), target, manifest_path, .. } = artifact else { return Ok(()) };
    let folder = Path::new(manifest_path).parent().context("a manifest lies in a folder")?;
    let package = package_name(folder)?;
    let prefix = if target.kind.iter().any(|kind| kind == "test") {
        format!("{package}::{}", target.name)
    } else {
        package
    };
    let all = list(program, folder, &[])?;
    let ignored = list(program, folder, &["--ignored"])?;
    found.extend(all.into_iter().map(|test| (format!("{prefix}::{test}"), ignored.contains(&test))));
    Ok(())
}

/// The name in a manifest: its first `name`.
fn package_name(folder: &Path) -> Result<String> {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = "))
        .context("a manifest names its package")?;
    Ok(line.trim().trim_matches('"').to_owned())
}

/// The names an executable lists.
fn list(program: &str, folder: &Path, arguments: &[&str]) -> Result<BTreeSet<String>> {
    let mut command = clean(program);
    command.current_dir(folder).args(["--list", "--format", "terse"]).args(arguments);
    let output = command.output().with_context(|| format!("{program} can't be run"))?;
    if !output.status.success() {
        bail!("{program} --list: {}", output.status);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TABLE: &str = "\
# Promises
| row | promise | kept in | tests |
|-----|---------|---------|-------|
| 1 | Photos leave by signed URL only | `shared/store/src/photos.rs` | `visage-store::photos::tests::signed`, `visage-tests::photos::expired` |
";

    #[test]
    fn rows_are_read_without_heading_and_rule() {
        let rows = rows(TABLE).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].tests[1], "visage-tests::photos::expired");
        assert!(super::rows("| one | cell |").is_err());
    }

    #[test]
    fn missing_and_ignored_are_told() {
        let rows = rows(TABLE).unwrap();
        let tests = BTreeMap::from([("visage-store::photos::tests::signed".to_owned(), true)]);
        let expected = [
            "row 1: no file shared/store/src/photos.rs",
            "row 1: the test visage-store::photos::tests::signed is ignored",
            "row 1: no test visage-tests::photos::expired",
        ];
        assert_eq!(problems(&rows, &|_| false, &tests), expected);
    }

    #[test]
    fn tests_of_scripts_are_found_and_skipped_ones_told_apart() {
        let script = "\
class Edge(unittest.TestCase):
    def test_it_speaks(self): pass
    @unittest.skip('later')
    def test_it_listens(self): pass
    def helper(self): pass
@unittest.skipIf(True, 'never')
class Trail(unittest.TestCase):
    def test_it_is_locked(self): pass
";
        let expected = [
            ("Edge::test_it_listens", true),
            ("Edge::test_it_speaks", false),
            ("Trail::test_it_is_locked", true),
        ];
        let expected = expected.map(|(test, is_ignored)| (format!("local::test_it::{test}"), is_ignored));
        assert_eq!(script_tests("local::test_it", script), BTreeMap::from(expected));
    }
}
