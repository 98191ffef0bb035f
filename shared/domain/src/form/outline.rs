//! A form laid out flat, in the order it is read.

use std::collections::HashMap;

use super::model::{Form, Item};
use super::value::AnswerValue;

/// An item and where it stands.
pub(super) struct Node<'f> {
    /// The item.
    pub(super) item: &'f Item,
    /// The top-level item it belongs to; itself if it is one.
    pub(super) section: &'f Item,
    /// The index of the item that holds it.
    pub(super) parent: Option<usize>,
    /// 1 for a top-level item.
    pub(super) depth: usize,
    /// JSON pointer into the form.
    pub(super) pointer: String,
}

impl Node<'_> {
    /// Whether it is a question, which can be answered.
    pub(super) const fn is_question(&self) -> bool {
        self.item.kind.is_question()
    }
}

/// All items, each before those it holds.
pub(super) fn outline(form: &Form) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    for (index, section) in form.item.iter().enumerate() {
        let pointer = format!("/item/{index}");
        add(&mut nodes, Node { item: section, section, parent: None, depth: 1, pointer });
    }
    nodes
}

fn add<'f>(nodes: &mut Vec<Node<'f>>, node: Node<'f>) {
    let (item, section, depth) = (node.item, node.section, node.depth + 1);
    let at = nodes.len();
    let base = node.pointer.clone();
    nodes.push(node);
    for (index, child) in item.item.iter().enumerate() {
        let pointer = format!("{base}/item/{index}");
        add(nodes, Node { item: child, section, parent: Some(at), depth, pointer });
    }
}

/// Decides which items are asked, from all the values that were given, none where a question is unanswered.
///
/// Answers to questions that are not asked count as none, as FHIR has it; so an item waits for those that its
/// conditions refer to, wherever they stand. A published form has no circles; of a circle nothing is asked.
pub(super) fn asked(nodes: &[Node<'_>], given: &[Vec<AnswerValue>]) -> Vec<bool> {
    let mut places = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        places.entry(node.item.link_id.as_str()).or_insert(index);
    }
    let mut deciding = Deciding { nodes, given, places, states: vec![State::Undecided; nodes.len()] };
    (0..nodes.len()).map(|index| deciding.decide(index)).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Undecided,
    BeingDecided,
    Decided(bool),
}

struct Deciding<'n, 'f> {
    nodes: &'n [Node<'f>],
    given: &'n [Vec<AnswerValue>],
    places: HashMap<&'n str, usize>,
    states: Vec<State>,
}

impl Deciding<'_, '_> {
    fn decide(&mut self, index: usize) -> bool {
        match self.states[index] {
            State::Decided(asked) => return asked,
            State::BeingDecided => return false,
            State::Undecided => self.states[index] = State::BeingDecided,
        }
        let node = &self.nodes[index];
        let within = node.parent.is_none_or(|parent| self.decide(parent));
        let asked = within && self.conditions_hold(node.item);
        self.states[index] = State::Decided(asked);
        asked
    }

    fn conditions_hold(&mut self, item: &Item) -> bool {
        let counted: Vec<Option<usize>> = item
            .enable_when
            .iter()
            .map(|condition| {
                let place = self.places.get(condition.question.as_str()).copied();
                place.filter(|place| self.decide(*place))
            })
            .collect();
        let given = self.given;
        item.conditions_hold_with(|number| counted[number].map_or(&[], |place| &given[place]))
    }
}
