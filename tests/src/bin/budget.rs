//! Compares what the running stack has spent since it was started with the committed budgets; with `--write`, makes
//! what was spent the budgets.

#![expect(clippy::print_stdout, reason = "a tool on a terminal")]

use anyhow::{Result, bail};
use visage_tests::{Visage, budget};

fn main() -> Result<()> {
    let spent = budget::spent(&Visage::connect()?)?;
    if std::env::args().any(|argument| argument == "--write") {
        println!("{} written", budget::write(&budget::fitting(&spent))?.display());
        return Ok(());
    }
    let problems = budget::exceeded(&budget::committed()?, &spent);
    if problems.is_empty() {
        println!("Calls and capacity of {} functions are within tests/budget.json.", spent.len());
        return Ok(());
    }
    bail!("{}\nIf this is meant, renew the budgets: cargo xtask test --write-budget", problems.join("\n"))
}
