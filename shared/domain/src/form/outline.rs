//! A form laid out flat, in the order it is read.

use super::model::{Form, Item, ItemType};
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
    pub(super) fn is_question(&self) -> bool {
        self.item.kind != ItemType::Group
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

/// Goes through the items in order and decides which are asked.
///
/// `read` is called for each question that is asked and gives its values, none if unanswered; those of questions that
/// are not asked count as none, as FHIR has it. Returns per item `None` if it is not asked, else its values.
pub(super) fn walk<'f>(
    nodes: &[Node<'f>],
    mut read: impl FnMut(&Node<'f>) -> Vec<AnswerValue>,
) -> Vec<Option<Vec<AnswerValue>>> {
    let mut asked: Vec<Option<Vec<AnswerValue>>> = Vec::with_capacity(nodes.len());
    let mut given = std::collections::HashMap::<&str, usize>::new();
    for node in nodes {
        let within = node.parent.is_none_or(|parent| asked[parent].is_some());
        let values = |link_id: &str| -> &[AnswerValue] {
            given.get(link_id).and_then(|at| asked[*at].as_deref()).unwrap_or_default()
        };
        let enabled = within && node.item.own_conditions_hold(values);
        let state = enabled.then(|| if node.is_question() { read(node) } else { Vec::new() });
        given.entry(&node.item.link_id).or_insert(asked.len());
        asked.push(state);
    }
    asked
}
