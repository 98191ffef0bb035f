//! What the parts of a report are, in the order in which they are read aloud.

use krilla::tagging::{BBox, Identifier, Node, TagGroup, TagKind, TagTree};

/// A part of the report, by its place among all.
pub(super) type Part = usize;

/// The parts of a report: each directly before those within it, and all in reading order.
#[derive(Default)]
pub(super) struct Tags(Vec<Tagged>);

struct Tagged {
    kind: TagKind,
    within: Option<Part>,
}

/// What was drawn of each part.
pub(super) struct Pieces(Vec<Drawn>);

#[derive(Default, Clone)]
struct Drawn {
    pieces: Vec<Identifier>,
    bounds: Option<BBox>,
}

impl Tags {
    /// Adds a part after all others.
    pub(super) fn add(&mut self, kind: impl Into<TagKind>, within: Option<Part>) -> Part {
        self.0.push(Tagged { kind: kind.into(), within });
        self.0.len() - 1
    }

    /// The parts before anything is drawn.
    pub(super) fn undrawn(&self) -> Pieces {
        Pieces(vec![Drawn::default(); self.0.len()])
    }

    /// The parts with what was drawn of them.
    pub(super) fn tree(&self, pieces: &Pieces) -> TagTree {
        let mut tree = TagTree::new();
        self.groups(None, pieces).for_each(|group| tree.push(group));
        tree
    }

    fn groups(&self, within: Option<Part>, pieces: &Pieces) -> impl Iterator<Item = TagGroup> {
        let start = within.map_or(0, |outer| outer + 1);
        let parts = self.0.get(start..).unwrap_or_default().iter();
        let drawn = pieces.0.get(start..).unwrap_or_default();
        let following = (start..).zip(parts.zip(drawn));
        let inner = following.take_while(move |(_, (tagged, _))| tagged.within >= within);
        inner.filter(move |(_, (tagged, _))| tagged.within == within).map(|(part, (tagged, drawn))| {
            let shown = drawn.pieces.iter().map(|piece| Node::from(*piece));
            let inner: Vec<_> = self.groups(Some(part), pieces).map(Node::from).collect();
            TagGroup::with_children(tagged.bounded(drawn.bounds), shown.chain(inner).collect())
        })
    }
}

impl Tagged {
    /// What it is; of a figure, with the place that it takes.
    fn bounded(&self, bounds: Option<BBox>) -> TagKind {
        match self.kind.clone() {
            TagKind::Figure(figure) => figure.with_bbox(bounds).into(),
            kind => kind,
        }
    }
}

impl Pieces {
    /// Notes a piece of a part, and for a picture within which bounds on its page it lies.
    pub(super) fn note(&mut self, part: Part, piece: Identifier, bounds: Option<BBox>) {
        if let Some(drawn) = self.0.get_mut(part) {
            drawn.pieces.push(piece);
            drawn.bounds = bounds;
        }
    }
}
