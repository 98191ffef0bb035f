//! The tables that the figures are read in.

use super::figures::Figures;
use super::sizes::{Sizes, limit};
use super::usual::Cost;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

const INTRODUCTION: &str = "\
# What functions take

Written by `cargo xtask bench`: release builds on the local AWS, while the whole-system tests ask everything of them, four at a time.
Figures are medians of the requests that came to what was asked for; how they are read from the log is told in
`tests/src/bench`. They are for comparing one version with the next on one machine. On AWS, a function of 256 MB has a seventh of a
processor, so that a millisecond of it takes seven.

* **cpu**: processor time of a request, all threads, in milliseconds.
* **calls**, **units**: calls to AWS, attempts counted singly, and DynamoDB's capacity units, per request.
* **memory**: the most that any process held, in MB.
* **start**: processor time from the process's beginning until it is ready for its first event, in milliseconds; and millions of
  instructions, counted by valgrind, which differ little from run to run.
* **package**: what is uploaded, in MB. The limit is 5, and 12 for the three that take pictures or reports in hand.
";

/// The whole of `docs/BENCHMARK.md`.
pub fn document(
    figures: &BTreeMap<String, Figures>,
    instructions: &BTreeMap<String, u64>,
    sizes: &Sizes,
) -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str(
        "\n| function | read from | cpu | calls | units | memory | start | instructions | package |\n",
    );
    text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (operation, it) in figures {
        let size = sizes.get(operation).copied();
        let over = size.is_some_and(|size| size > limit(operation));
        let cells = [
            it.requests.to_string(),
            shown(it.cpu, 1),
            shown(it.calls, 0),
            shown(it.capacity, 1),
            shown(it.memory.map(millions), 0),
            shown(it.start, 0),
            shown(instructions.get(operation).copied().map(millions), 0),
            shown(size.map(millions), 2) + if over { " **over**" } else { "" },
        ];
        let _ = writeln!(text, "| `{operation}` | {} |", cells.join(" | "));
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn millions(count: u64) -> f64 {
    count as f64 / 1e6
}

fn shown(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.digits$}"))
}

/// What a thousand intakes cost, as a table.
pub fn cost(cost: &Cost) -> String {
    let mut text = "| what | $ per 1,000 intakes |\n|---|--:|\n".to_owned();
    let mut items: Vec<_> = cost.bill.0.iter().collect();
    items.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    for (what, dollars) in items {
        let _ = writeln!(text, "| {what} | {:.2} |", dollars * 1000.0);
    }
    let _ = writeln!(text, "| **together** | **{:.2}** |", cost.bill.total() * 1000.0);
    let (requests, calls, units) = (cost.requests, cost.calls, cost.capacity);
    let _ = writeln!(
        text,
        "\nOne intake is {requests:.0} requests to the API, {calls:.0} calls to AWS and {units:.0} capacity units."
    );
    text
}

/// Where a table stands in a document.
const BEGIN: &str = "<!-- written by cargo xtask bench -->\n";
const END: &str = "<!-- end -->\n";

/// The document with another table in the place that is marked for it.
///
/// # Errors
/// If no place is.
pub fn with_table(document: &str, table: &str) -> Result<String> {
    let (before, rest) = document.split_once(BEGIN).context("the place for the table isn't marked")?;
    let (_, after) = rest.split_once(END).context("the end of the table isn't marked")?;
    Ok(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

/// A file of the documentation.
pub fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "docs", name].iter().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::bench::price::Bill;

    #[test]
    fn a_function_over_its_limit_stands_out_and_what_is_not_known_is_a_dash() {
        let figures =
            BTreeMap::from(["get_form", "save_section"].map(|name| {
                (name.to_owned(), Figures { requests: 2, cpu: Some(1.25), ..Figures::default() })
            }));
        let sizes = [("get_form".to_owned(), 4_999_999), ("save_section".to_owned(), 5_000_001)].into();
        let text = document(&figures, &[("get_form".to_owned(), 61_000_000)].into(), &sizes);
        assert!(text.contains("| `get_form` | 2 | 1.2 | – | – | – | – | 61 | 5.00 |"), "{text}");
        assert!(text.contains("| – | 5.00 **over** |"), "{text}");
    }

    #[test]
    fn a_table_is_written_in_its_place_again_and_again() {
        let document = format!("Cost\n{BEGIN}old\n{END}Rest\n");
        let once = with_table(&document, "new").unwrap();
        assert_eq!(once, format!("Cost\n{BEGIN}\nnew\n{END}Rest\n"));
        assert_eq!(with_table(&once, "new").unwrap(), once);
        assert!(with_table("Cost", "new").is_err());
    }

    #[test]
    fn costs_are_shown_dearest_first() {
        let bill = Bill([("S3", 0.001), ("Lambda", 0.002)].into());
        let text = cost(&Cost { bill, requests: 30.4, calls: 200.0, capacity: 400.0 });
        assert!(text.find("| Lambda | 2.00 |").unwrap() < text.find("| S3 | 1.00 |").unwrap(), "{text}");
        assert!(text.contains("**3.00**") && text.contains("30 requests"), "{text}");
    }
}
