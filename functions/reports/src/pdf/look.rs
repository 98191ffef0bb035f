//! How a report looks: its paper, colours and type. All lengths are in points.

use parley::Alignment;

/// Red, green and blue.
pub(super) type Colour = [u8; 3];

// Colours of text hold at least 4.5:1 against their ground (WCAG 2.2, 1.4.3).
pub(super) const INK: Colour = [0x1f, 0x2a, 0x33];
pub(super) const QUIET: Colour = [0x55, 0x62, 0x6e];
pub(super) const ACCENT: Colour = [0x1d, 0x4e, 0x5a];
pub(super) const RULE: Colour = [0xc9, 0xd3, 0xd8];
pub(super) const SHADE: Colour = [0xf1, 0xf5, 0xf6];
pub(super) const WHITE: Colour = [0xff; 3];
pub(super) const MEASURED: Colour = [0xff, 0xd2, 0x3f];

/// US Letter, across and down.
pub(super) const PAPER: [f32; 2] = [612.0, 792.0];
/// Where the text begins, from the paper's left and top edge: the first line's capitals are an inch below it.
pub(super) const CORNER: [f32; 2] = [72.0, 68.5];
/// How much text there is room for on a page, across and down.
pub(super) const ROOM: [f32; 2] = [468.0, 658.0];
/// Where the rule below the running header is, and where the footer begins, from the paper's top edge.
pub(super) const HEADER: f32 = 52.0;
pub(super) const FOOTER: f32 = 744.0;

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) colour: Colour,
    /// From one line to the next, in sizes.
    pub(super) leading: f32,
    pub(super) align: Alignment,
}

impl Style {
    /// What people wrote, from the side that its language begins at.
    pub(super) const BODY: Self =
        Self { size: 10.0, bold: false, colour: INK, leading: 1.4, align: Alignment::Start };
    /// What is less in weight than the body.
    pub(super) const NOTE: Self = Self { size: 8.5, colour: QUIET, ..Self::BODY };
    pub(super) const TITLE: Self = Self { size: 19.0, bold: true, colour: ACCENT, ..Self::BODY };
    pub(super) const CLINIC: Self = Self { size: 13.0, ..Self::TITLE };
    pub(super) const HEADING: Self = Self { size: 12.5, ..Self::TITLE };
    pub(super) const SUBHEADING: Self = Self { bold: true, ..Self::BODY };
    /// What is in a table.
    pub(super) const CELL: Self = Self { size: 8.5, leading: 1.3, align: Alignment::Left, ..Self::BODY };
    /// What stands at the head and foot of every page.
    pub(super) const RUNNING: Self = Self { size: 8.0, ..Self::NOTE };
    /// A number in the drawing.
    pub(super) const NUMBER: Self = Self { size: 6.0, align: Alignment::Center, ..Self::TITLE };

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) const fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    pub(super) const fn aligned(self, align: Alignment) -> Self {
        Self { align, ..self }
    }
}
