//! Divides the strips of a report into pages, each with its header and footer. All lengths are in points.

use krilla::tagging::ArtifactType;
use parley::Alignment;

use super::content::ReportContent;
use super::look::{CORNER, FOOTER, HEADER, ROOM, RULE, Style};
use super::strip::{Heading, Mark, Sense, Strip, What};
use super::text::{Line, Setter, shortened};

/// What keeps together but has room on no page begins a new one if less than this is left.
const WORTH_BEGINNING: f32 = 200.0;
/// Between the two halves of a header or footer.
const GUTTER: f32 = 16.0;

/// What is drawn on a page.
#[derive(Default)]
pub(super) struct Page {
    pub(super) marks: Vec<Mark>,
    /// The headings on it, and how far down they are.
    pub(super) headings: Vec<(f32, Heading)>,
}

/// The pages so far.
#[derive(Default)]
struct Division {
    full: Vec<Page>,
    page: Page,
    /// How much of the page is taken.
    taken: f32,
    /// Whether more than a repeated head is on it.
    is_begun: bool,
    /// The shade that the last strip lies on, by its place among the marks.
    shade: Option<usize>,
}

/// Divides strips into pages.
pub(super) fn divide(mut strips: &[Strip]) -> Vec<Page> {
    let mut division = Division::default();
    while !strips.is_empty() {
        let last = strips.iter().position(|strip| !strip.stays).unwrap_or(strips.len() - 1);
        let (together, rest) = strips.split_at(last + 1);
        division.place_together(together);
        strips = rest;
    }
    division.end_page();
    division.full
}

impl Division {
    /// Places strips on one page if there is one that has room for them.
    fn place_together(&mut self, strips: &[Strip]) {
        let height: f32 = strips.iter().map(|strip| strip.above + strip.height).sum();
        let Some(first) = strips.first() else { return };
        let left = ROOM[1] - self.taken;
        let room = ROOM[1] - first.head_height();
        if self.is_begun && height > left && (height - first.above <= room || left < WORTH_BEGINNING) {
            self.turn(first);
        }
        for strip in strips {
            if self.is_begun && self.taken + strip.above + strip.height > ROOM[1] {
                self.turn(strip);
            }
            self.place(strip);
        }
    }

    /// Begins a page for a strip.
    fn turn(&mut self, next: &Strip) {
        self.end_page();
        next.head.iter().flat_map(|head| head.iter()).for_each(|strip| self.place(strip));
        self.is_begun = false;
    }

    fn end_page(&mut self) {
        let Page { marks, headings } = std::mem::take(&mut self.page);
        self.full.push(Page { marks: in_reading_order(marks), headings });
        (self.taken, self.is_begun, self.shade) = (0.0, false, None);
    }

    fn place(&mut self, strip: &Strip) {
        let above = if self.is_begun { strip.above } else { 0.0 };
        self.taken += above;
        let corner = [CORNER[0], CORNER[1] + self.taken];
        self.shade(strip, above, corner);
        self.page.marks.extend(strip.marks.iter().map(|mark| mark.moved(corner)));
        self.page.headings.extend(strip.heading.iter().map(|heading| (corner[1], heading.clone())));
        self.taken += strip.height;
        self.is_begun = true;
    }

    /// Lays the strip on its shade: the one of the strip before, if that is right above it.
    fn shade(&mut self, strip: &Strip, above: f32, at: [f32; 2]) {
        let Some(radius) = strip.shade else {
            self.shade = None;
            return;
        };
        let before = self.shade.filter(|_| above <= 0.0).and_then(|place| self.page.marks.get_mut(place));
        if let Some(Mark { what: What::Shade { size, .. }, .. }) = before {
            size[1] += strip.height;
            return;
        }
        self.shade = Some(self.page.marks.len());
        let what = What::Shade { size: [ROOM[0], strip.height], radius };
        self.page.marks.push(Mark { at, sense: Sense::Artifact(ArtifactType::Layout), what });
    }
}

/// The marks of a page in the order in which its parts are read, for readers that know no tags: cell by cell where
/// strips went line by line. An artifact stays behind what was before it.
fn in_reading_order(marks: Vec<Mark>) -> Vec<Mark> {
    let mut last = 0;
    let placed = marks.into_iter().map(|mark| match mark.sense {
        Sense::Part(part) => {
            last = last.max(part);
            (part, mark)
        }
        Sense::Artifact(_) => (last, mark),
    });
    let mut placed: Vec<_> = placed.collect();
    placed.sort_by_key(|(part, _)| *part);
    placed.into_iter().map(|(_, mark)| mark).collect()
}

impl Strip {
    /// How much of a page the head takes that is repeated above it.
    fn head_height(&self) -> f32 {
        self.head.iter().flat_map(|head| head.iter()).map(|strip| strip.height).sum()
    }
}

impl Mark {
    fn moved(&self, [x, y]: [f32; 2]) -> Self {
        Self { at: [self.at[0] + x, self.at[1] + y], ..self.clone() }
    }
}

/// Adds what stands at the head of every page but the first, and at the foot of each.
pub(super) fn furnish(pages: &mut [Page], report: &ReportContent, report_id: &str, setter: &mut Setter) {
    let right = Style::RUNNING.aligned(Alignment::Right);
    let half = (ROOM[0] - GUTTER) / 2.0;
    let left = Style::RUNNING.aligned(Alignment::Left);
    let clinic = setter.set(&shortened(&report.clinic.name), left, half);
    let patient = setter.set(&shortened(&report.patient_name), right, half);
    let (of, words) = (pages.len(), &report.words);
    for (page, number) in pages.iter_mut().zip(1..) {
        if number > 1 {
            page.stand(ArtifactType::Header, CORNER[0], HEADER - 3.0 - height(&clinic), &clinic);
            page.stand(
                ArtifactType::Header,
                CORNER[0] + half + GUTTER,
                HEADER - 3.0 - height(&patient),
                &patient,
            );
            page.marks.push(Mark::rule([CORNER[0], HEADER], ROOM[0], 0.5, RULE));
        }
        let place = setter.set(&format!("{} {number} {} {of}", words.page, words.of), right, ROOM[0]);
        let rest = ROOM[0] - place.iter().map(|line| line.width).fold(0.0, f32::max) - GUTTER;
        let report = setter.set(&format!("{} {report_id}", words.report), left, rest);
        page.stand(ArtifactType::Footer, CORNER[0], FOOTER, &report);
        page.stand(ArtifactType::Footer, CORNER[0], FOOTER, &place);
    }
}

fn height(lines: &[Line]) -> f32 {
    lines.iter().map(|line| line.height).sum()
}

impl Page {
    fn stand(&mut self, kind: ArtifactType, x: f32, mut y: f32, lines: &[Line]) {
        for line in lines {
            let what = What::Line(line.clone());
            self.marks.push(Mark { at: [x, y], sense: Sense::Artifact(kind), what });
            y += line.height;
        }
    }
}
