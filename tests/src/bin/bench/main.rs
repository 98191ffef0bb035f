//! Measures the running stack, whose functions lie in the folder that is named, writes what it finds into the
//! documentation, and compares the packages with the committed sizes; with `--write`, makes theirs the committed ones.

#![expect(clippy::print_stdout, reason = "a tool on a terminal")]

mod instructions;

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use visage_tests::Visage;
use visage_tests::bench::{figures, sizes, table, usual};

/// How many intakes the cost of one is read from.
const INTAKES: u32 = 5;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let binaries = PathBuf::from(arguments.next().context("which folder are the functions in?")?);
    let write = arguments.any(|argument| argument == "--write");
    let committed = if write { sizes::Sizes::new() } else { sizes::committed()? };
    let visage = Visage::connect()?;
    let figures = figures::of(&visage)?;
    println!("Requests of {} functions are read.", figures.len());
    let cost = usual::cost(&visage, INTAKES)?;
    println!("{INTAKES} intakes are counted.");
    let instructions = instructions::of(&visage, &binaries)?;
    let sizes = sizes::packed(&binaries, figures.keys())?;

    let file = table::file("BENCHMARK.md");
    std::fs::write(&file, table::document(&figures, &instructions, &sizes))?;
    println!("{} written", file.display());
    let file = table::file("OPERATIONS.md");
    let text = table::with_table(&std::fs::read_to_string(&file)?, &table::cost(&cost))?;
    std::fs::write(&file, text)?;
    println!("{} written", file.display());

    if write {
        println!("{} written", sizes::write(&sizes)?.display());
        return Ok(());
    }
    let grown = sizes::grown(&committed, &sizes);
    if !grown.is_empty() {
        bail!("{}\nIf this is meant, renew the sizes: cargo xtask bench --write-sizes", grown.join("\n"));
    }
    println!("No package has grown beyond tests/sizes.json.");
    Ok(())
}
