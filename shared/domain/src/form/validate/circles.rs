//! Circles among conditions: an item waits for the group around it and for every question its conditions refer to.

use std::collections::HashMap;

use crate::form::outline::Node;

/// Where the first item of each name stands.
pub(super) fn places<'f>(nodes: &[Node<'f>]) -> HashMap<&'f str, usize> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        places.entry(&node.item.link_id).or_insert(index);
    }
    places
}

/// For each item, all that it waits for, directly or not.
pub(super) struct Circles(Vec<Vec<bool>>);

impl Circles {
    pub(super) fn of(nodes: &[Node<'_>], places: &HashMap<&str, usize>) -> Self {
        let waits: Vec<Vec<usize>> = nodes.iter().map(|node| waits_for(node, places)).collect();
        Self((0..nodes.len()).map(|from| reached(from, &waits)).collect())
    }

    /// Whether an item's waiting for `question` comes round to the item itself.
    pub(super) fn join(&self, item: usize, question: usize) -> bool {
        self.0[question][item]
    }
}

fn waits_for(node: &Node<'_>, places: &HashMap<&str, usize>) -> Vec<usize> {
    let questions = node.item.enable_when.iter();
    let questions = questions.filter_map(|condition| places.get(condition.question.as_str()).copied());
    node.parent.into_iter().chain(questions).collect()
}

/// All that can be reached, the start included.
fn reached(from: usize, waits: &[Vec<usize>]) -> Vec<bool> {
    let mut seen = vec![false; waits.len()];
    let mut next = vec![from];
    while let Some(index) = next.pop() {
        if !std::mem::replace(&mut seen[index], true) {
            next.extend(&waits[index]);
        }
    }
    seen
}
