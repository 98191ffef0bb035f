//! What every operation may cost in calls to AWS and capacity of DynamoDB, compared with what a whole run of the tests
//! has logged.
//!
//! The tests take each operation through its usual and its odd ways, so the most that a request took is its worst
//! case, a process that has just started included. What one request in ten exceeds is a call that the SDK repeated, or a
//! race that this run had and others hadn't: a design that costs more shows in most. An operation that nothing called has
//! shown nothing.

use crate::committed;
use crate::logs;
use crate::visage::Visage;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The most that one request, or one message of a worker, may cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Calls by `Service.Operation`, each attempt counted.
    pub calls: BTreeMap<String, u32>,
    /// Capacity units of DynamoDB, read and write.
    pub capacity: f64,
}

/// Functions whose cost depends on how much waits for them: on how many clinics and notices there are, on how long
/// a log is, and on how full a batch is. What they read is bounded by tests of their own.
const BY_AMOUNT: [&str; 9] = [
    "compile_access_review",
    "escalate_reviews",
    "plan_access_reviews",
    "plan_purge",
    "purge_due",
    "redrive_dead_letters",
    "relay_outbox",
    "rotate_keys",
    "sweep_outbox",
];

/// Budgets by operation.
pub type Budgets = BTreeMap<String, Budget>;

/// Where the committed ones are.
const FILE: &str = "budget.json";

/// The committed budgets.
///
/// # Errors
/// If they can't be read.
pub fn committed() -> Result<Budgets> {
    committed::read(FILE)
}

/// Writes budgets down to be committed.
///
/// # Errors
/// If the file can't be written.
pub fn write(budgets: &Budgets) -> Result<PathBuf> {
    committed::write(FILE, budgets)
}

/// What each request of the running stack cost so far, by operation, whatever came of it.
///
/// # Errors
/// If a log can't be read.
pub fn spent(visage: &Visage) -> Result<BTreeMap<String, Vec<Budget>>> {
    let mut spent = BTreeMap::new();
    let functions = visage.stack.functions.keys();
    for operation in functions.filter(|operation| !BY_AMOUNT.contains(&operation.as_str())) {
        let lines = logs::lines(visage, operation)?;
        let costs = lines.iter().map(|line| Ok(Budget { calls: line.calls()?, capacity: line.capacity }));
        spent.insert(operation.clone(), costs.collect::<Result<Vec<_>>>()?);
    }
    Ok(spent)
}

/// How many of so many requests may exceed their budget: one in ten, or one of few, but not all there are.
fn forgiven(requests: usize) -> usize {
    1.max(requests / 10).min(requests.saturating_sub(1))
}

/// The least budget under which all of this fits.
pub fn fitting(spent: &BTreeMap<String, Vec<Budget>>) -> Budgets {
    let most = |costs: &Vec<Budget>| {
        let mut most = Budget::default();
        for cost in costs {
            for (call, count) in &cost.calls {
                let before = most.calls.entry(call.clone()).or_default();
                *before = (*before).max(*count);
            }
            most.capacity = most.capacity.max(cost.capacity);
        }
        most
    };
    spent.iter().map(|(operation, costs)| (operation.clone(), most(costs))).collect()
}

/// What was spent beyond the budgets, a sentence each; and what has no budget, or a budget and no function.
pub fn exceeded(budgets: &Budgets, spent: &BTreeMap<String, Vec<Budget>>) -> Vec<String> {
    let mut problems = Vec::new();
    for (operation, costs) in spent {
        let Some(budget) = budgets.get(operation) else {
            problems.push(format!("{operation} has no budget"));
            continue;
        };
        if costs.is_empty() {
            problems.push(format!("{operation} has a budget and no request that shows it"));
        }
        let over: Vec<_> = costs.iter().filter_map(|cost| beyond(budget, cost)).collect();
        if over.len() > forgiven(costs.len()) {
            let (count, all) = (over.len(), costs.len());
            problems
                .push(format!("{operation}: {count} of {all} requests exceed the budget, as by {}", over[0]));
        }
    }
    let gone = budgets.keys().filter(|operation| !spent.contains_key(*operation));
    problems.extend(gone.map(|operation| format!("{operation} has a budget and no function")));
    problems
}

/// How a cost exceeds a budget.
fn beyond(budget: &Budget, cost: &Budget) -> Option<String> {
    let allowed = |call: &String| budget.calls.get(call).copied().unwrap_or_default();
    let call = cost.calls.iter().find(|(call, count)| **count > allowed(call));
    if let Some((call, count)) = call {
        return Some(format!("{count} calls of {call} instead of {}", allowed(call)));
    }
    // Items of people with long names weigh more: a tenth is no change of the design.
    let limit = budget.capacity.mul_add(1.1, 0.5);
    (cost.capacity > limit).then(|| format!("{} units instead of {}", cost.capacity, budget.capacity))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(puts: u32, capacity: f64) -> Budget {
        Budget { calls: [("DynamoDB.PutItem".to_owned(), puts)].into(), capacity }
    }

    fn of(costs: Vec<Budget>) -> BTreeMap<String, Vec<Budget>> {
        [("get_form".to_owned(), costs)].into()
    }

    #[test]
    fn what_is_spent_fits_the_budget_made_of_it() {
        let spent = of(vec![cost(1, 3.0), cost(2, 1.0)]);
        assert_eq!(fitting(&spent)["get_form"], cost(2, 3.0));
        assert_eq!(exceeded(&fitting(&spent), &spent), Vec::<String>::new());
    }

    #[test]
    fn a_call_more_is_told_and_a_few_repeated_calls_are_not() {
        let budgets = fitting(&of(vec![cost(1, 1.0)]));
        let few = [vec![cost(2, 1.0); 2], vec![cost(1, 1.0); 18]].concat();
        assert_eq!(exceeded(&budgets, &of(few)), Vec::<String>::new());
        let many = [vec![cost(2, 1.0); 3], vec![cost(1, 1.0); 17]].concat();
        assert_eq!(exceeded(&budgets, &of(many)).len(), 1);
        // The only one there is shows what is usual.
        assert_eq!(exceeded(&budgets, &of(vec![cost(2, 1.0)])).len(), 1);
        assert_eq!(exceeded(&budgets, &of(vec![])), ["get_form has a budget and no request that shows it"]);
        let told = exceeded(&budgets, &of(vec![cost(2, 1.0), cost(2, 1.0)]));
        assert_eq!(
            told,
            ["get_form: 2 of 2 requests exceed the budget, as by 2 calls of DynamoDB.PutItem instead of 1"]
        );
        let heavy = exceeded(&budgets, &of(vec![cost(1, 2.0), cost(1, 2.0)]));
        assert_eq!(heavy, ["get_form: 2 of 2 requests exceed the budget, as by 2 units instead of 1"]);
    }

    #[test]
    fn a_function_without_budget_and_a_budget_without_function_are_told() {
        let told = exceeded(&[("old".to_owned(), cost(1, 1.0))].into(), &of(vec![]));
        assert_eq!(told, ["get_form has no budget", "old has a budget and no function"]);
    }
}
