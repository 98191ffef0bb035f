//! Tables: columns as wide as they need to be, rows that stay whole, a head that is repeated on every page.
//! All lengths are in points.

use std::rc::Rc;

use krilla::tagging::{ArtifactType, TableHeaderScope, Tag};
use parley::Alignment;

use super::galley::{Galley, apart};
use super::look::{ROOM, RULE, Style};
use super::strip::{Column, Mark, Sense, Strip, beside, pad};
use super::tags::Part;

/// Between a cell's edge and its text.
const INSET: f32 = 6.0;
const PADDING: f32 = 3.5;
/// How wide a column gets by what is in it.
const WIDEST: f32 = 84.0;

/// A column: what its head says, and how its cells stand.
pub(super) struct Head<'a> {
    pub(super) text: &'a str,
    pub(super) width: Width,
    pub(super) align: Alignment,
}

/// How wide a column is.
#[derive(Clone, Copy)]
pub(super) enum Width {
    /// As its cells are, within reason.
    Content,
    /// This share of what the others leave.
    Share(f32),
}

/// What is in a cell: texts below each other.
pub(super) type Cell<'a> = Vec<(&'a str, Style)>;

impl Galley {
    /// Adds a table.
    pub(super) fn table(&mut self, heads: &[Head<'_>], rows: &[Vec<Cell<'_>>]) {
        let top: Vec<Cell<'_>> = heads.iter().map(|head| vec![(head.text, Style::CELL.bold())]).collect();
        let columns = self.columns(heads, &top, rows);
        let table = self.part(Tag::Table);
        let part = self.tags.add(Tag::THead, Some(table));
        let mut head = self.row(part, &columns, &top, true);
        head.iter_mut().for_each(|strip| (strip.stays, strip.shade) = (true, Some(0.0)));
        let repeated: Rc<[Strip]> = head.iter().map(repeated).collect();
        self.add(8.0, head);
        let part = self.tags.add(Tag::TBody, Some(table));
        for cells in rows {
            let mut row = self.row(part, &columns, cells, false);
            row.iter_mut().for_each(|strip| strip.head = Some(Rc::clone(&repeated)));
            self.add(0.0, row);
        }
    }

    /// Where each column begins, how wide its text is, and how it stands.
    fn columns(
        &mut self,
        heads: &[Head<'_>],
        top: &[Cell<'_>],
        rows: &[Vec<Cell<'_>>],
    ) -> Vec<(f32, f32, Alignment)> {
        let mut needed = |index: usize| {
            let cells = rows.iter().filter_map(|row| row.get(index)).chain(top.get(index));
            let widths = cells.flatten().map(|(text, style)| self.setter.width(text, *style));
            (widths.fold(0.0, f32::max).ceil() + 2.0 * INSET).min(WIDEST)
        };
        let fixed: Vec<Option<f32>> = (0..)
            .zip(heads)
            .map(|(index, head)| matches!(head.width, Width::Content).then(|| needed(index)))
            .collect();
        let left = ROOM[0] - fixed.iter().flatten().sum::<f32>();
        let shares = |head: &Head<'_>| if let Width::Share(share) = head.width { share } else { 0.0 };
        let all: f32 = heads.iter().map(shares).sum();
        let mut x = 0.0;
        let placed = heads.iter().zip(fixed).map(|(head, fixed)| {
            let (start, width) = (x, fixed.unwrap_or(left * shares(head) / all));
            x += width;
            (start + INSET, width - 2.0 * INSET, head.align)
        });
        placed.collect()
    }

    fn row(
        &mut self,
        within: Part,
        columns: &[(f32, f32, Alignment)],
        cells: &[Cell<'_>],
        is_head: bool,
    ) -> Vec<Strip> {
        let row = self.tags.add(Tag::TR, Some(within));
        let set = columns.iter().zip(cells).map(|(&(x, width, align), cell)| {
            let part = match is_head {
                true => self.tags.add(Tag::TH(TableHeaderScope::Column), Some(row)),
                false => self.tags.add(Tag::TD, Some(row)),
            };
            let mut lines = Vec::new();
            for (number, (text, style)) in cell.iter().enumerate() {
                let text = if number + 1 < cell.len() { apart(text) } else { text.to_string() };
                lines.extend(self.setter.set(&text, style.aligned(align), width));
            }
            Column { x, lines, sense: Sense::Part(part) }
        });
        let mut strips = beside(set.collect());
        if strips.is_empty() {
            strips.push(Strip::default());
        }
        pad(&mut strips, PADDING, PADDING);
        if let Some(last) = strips.last_mut() {
            last.marks.push(Mark::rule([0.0, last.height], ROOM[0], 0.5, RULE));
        }
        strips
    }
}

/// A head's strip as it stands on further pages, where nobody needs to hear it again.
fn repeated(strip: &Strip) -> Strip {
    let mut strip = strip.clone();
    strip.marks.iter_mut().for_each(|mark| mark.sense = Sense::Artifact(ArtifactType::PaginationOther));
    strip
}
