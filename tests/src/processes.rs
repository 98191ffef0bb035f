//! The functions as processes of this machine: the emulator runs each as a child of its own.

use crate::visage::Visage;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Kills every running process of a function, as a machine that fails would. Answers how many there were.
///
/// # Errors
/// If the stack names no such function, or a process can't be killed.
pub fn kill(visage: &Visage, operation: &str) -> Result<usize> {
    let mut killed = 0;
    for pid in of(visage, operation)? {
        let status =
            Command::new("kill").args(["-9", &pid.to_string()]).status().context("kill can't be run")?;
        killed += usize::from(status.success());
    }
    Ok(killed)
}

/// Every running process of a function.
fn of(visage: &Visage, operation: &str) -> Result<Vec<u32>> {
    let function = visage.stack.named(&visage.stack.functions, operation)?;
    let emulator = *visage.stack.named(&visage.stack.processes, "emulator")?;
    let variable = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if parent(pid) == Some(emulator) && has_variable(pid, &variable) {
            found.push(pid);
        }
    }
    Ok(found)
}

/// The program that a function's processes run; none if none runs.
///
/// # Errors
/// If the stack names no such function.
pub fn program(visage: &Visage, operation: &str) -> Result<Option<PathBuf>> {
    let pid = of(visage, operation)?.into_iter().next();
    Ok(pid.map(|pid| fs::read_link(format!("/proc/{pid}/exe"))).transpose()?)
}

/// What a process of this machine may do.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its environment, as the kernel has it.
    pub environment: Vec<u8>,
    /// Its limits, a line each.
    pub limits: String,
}

/// A running process that calls itself so and has set its limits; none if there is none.
///
/// # Errors
/// If there are no processes to look at.
pub fn called(name: &str) -> Result<Option<Process>> {
    for entry in fs::read_dir("/proc")? {
        let folder = entry?.path();
        let arguments = fs::read(folder.join("cmdline")).unwrap_or_default();
        if arguments.split(|byte| *byte == 0).next() != Some(name.as_bytes()) {
            continue;
        }
        let (environment, limits) =
            (fs::read(folder.join("environ")), fs::read_to_string(folder.join("limits")));
        // It may end between one look and the next.
        if let (Ok(environment), Ok(limits)) = (environment, limits)
            && limits.lines().any(|line| line.starts_with("Max open files") && line.contains(" 0 "))
        {
            return Ok(Some(Process { environment, limits }));
        }
    }
    Ok(None)
}

/// The parent of a process; none if it is gone.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it stands in parentheses and may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn has_variable(pid: u32, variable: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|found| found == variable.as_bytes())
}

/// The environment that a function's processes are given; none if none runs.
///
/// # Errors
/// If the stack names no such function.
pub fn environment(visage: &Visage, operation: &str) -> Result<Option<Vec<(String, String)>>> {
    let Some(pid) = of(visage, operation)?.into_iter().next() else { return Ok(None) };
    let text = String::from_utf8(fs::read(format!("/proc/{pid}/environ"))?)?;
    let variables = text.split('\0').filter_map(|variable| variable.split_once('='));
    Ok(Some(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
}

/// The most memory that any running process of a function ever held, in bytes; none if none runs.
///
/// # Errors
/// If the stack names no such function.
pub fn peak_memory(visage: &Visage, operation: &str) -> Result<Option<u64>> {
    let peak = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
    };
    Ok(of(visage, operation)?.iter().filter_map(peak).max())
}
