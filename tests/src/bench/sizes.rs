//! How large the packages are that would be deployed: the committed sizes, and the limits.

use crate::committed;
use anyhow::{Context, Result};
use flate2::{Compression, write::DeflateEncoder};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bytes of a function's package, by operation.
pub type Sizes = BTreeMap<String, u64>;

/// Where the committed ones are.
const FILE: &str = "sizes.json";
/// By how much a package may grow before somebody has to say that it is meant: compilers differ by less.
const TOLERANCE: f64 = 1.02;
/// The largest package of a function that waits for requests.
const API_LIMIT: u64 = 5_000_000;
/// The largest package of a function that takes pictures or reports in hand.
const HEAVY_LIMIT: u64 = 12_000_000;
/// Those functions.
const HEAVY: [&str; 3] = ["receive_photo", "analyse_photo", "render_report"];

/// The most that a function's package may have, in bytes.
pub fn limit(operation: &str) -> u64 {
    if HEAVY.contains(&operation) { HEAVY_LIMIT } else { API_LIMIT }
}

/// How large each of these functions is, packed as it is deployed: one file, deflated.
///
/// # Errors
/// If a function isn't in the folder.
pub fn packed<'a>(folder: &Path, operations: impl Iterator<Item = &'a String>) -> Result<Sizes> {
    let size = |operation: &String| {
        let file = folder.join(operation);
        let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        packer.write_all(&bytes)?;
        Ok((operation.clone(), packer.finish()?.len().try_into()?))
    };
    operations.map(size).collect()
}

/// The committed sizes.
///
/// # Errors
/// If they can't be read.
pub fn committed() -> Result<Sizes> {
    committed::read(FILE)
}

/// Writes sizes down to be committed.
///
/// # Errors
/// If the file can't be written.
pub fn write(sizes: &Sizes) -> Result<PathBuf> {
    committed::write(FILE, sizes)
}

/// What has grown beyond the committed sizes, or has none, a sentence each.
pub fn grown(committed: &Sizes, sizes: &Sizes) -> Vec<String> {
    let told = |(operation, size): (&String, &u64)| match committed.get(operation) {
        None => Some(format!("{operation} has no committed size")),
        #[expect(clippy::cast_precision_loss, reason = "packages are far from 2^53 bytes")]
        Some(before) if *size as f64 > *before as f64 * TOLERANCE => {
            Some(format!("{operation} grew from {before} to {size} bytes"))
        }
        Some(_) => None,
    };
    sizes.iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use visage_openapi::{operations, workers};

    #[test]
    fn every_package_is_within_its_limit() -> Result<()> {
        let over = |(operation, size): (String, u64)| (size > limit(&operation)).then_some(operation);
        let over: Vec<_> = committed()?.into_iter().filter_map(over).collect();
        assert_eq!(over, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn every_function_has_a_committed_size_and_nothing_else_has() -> Result<()> {
        let sizes = committed()?;
        let (operations, workers) = (operations(), workers());
        let names = operations.iter().map(|it| it.info.name).chain(workers.iter().map(|it| it.name));
        let (sized, functions): (BTreeSet<_>, BTreeSet<_>) =
            (sizes.keys().map(String::as_str).collect(), names.collect());
        assert_eq!(sized, functions);
        Ok(())
    }

    fn of(size: u64) -> Sizes {
        [("get_form".to_owned(), size)].into()
    }

    #[test]
    fn growth_is_told_and_what_compilers_differ_by_is_not() {
        assert_eq!(grown(&of(1000), &of(1020)), Vec::<String>::new());
        assert_eq!(grown(&of(1000), &of(1021)), ["get_form grew from 1000 to 1021 bytes"]);
        assert_eq!(grown(&Sizes::new(), &of(1)), ["get_form has no committed size"]);
    }
}
