//! The way of a report from top to bottom. All lengths are in points.

use krilla::image::Image;
use krilla::tagging::Tag;
use parley::Alignment;

use super::content::{Addendum, Finding, MeasureRow, NotMeasured, ReportContent, Signatory};
use super::galley::{Galley, apart};
use super::look::{ACCENT, QUIET, ROOM, RULE, Style};
use super::pages::{Page, divide, furnish};
use super::strip::{Column, Sense, beside, pad};
use super::table::{Cell, Head, Width};
use super::tags::Tags;
use super::text::is_blank;

/// A report on its pages.
pub(super) struct Laid {
    pub(super) pages: Vec<Page>,
    pub(super) tags: Tags,
    /// Who hands it over.
    pub(super) author: String,
}

/// Lays a report out on pages. The images are the photos in their order, and last the one that is drawn on.
/// `None` if the typefaces can't be parsed.
pub(super) fn lay_out(report: &ReportContent, images: &[Image]) -> Option<Laid> {
    let mut galley = Galley::new()?;
    galley.letterhead(report);
    galley.title(report.words.title);
    galley.about(report);
    galley.findings(report);
    galley.recommendations(report);
    galley.addenda(report);
    galley.pictures(report, images);
    galley.measurements(report, images);
    galley.signature(report);
    let mut pages = divide(&galley.strips);
    furnish(&mut pages, report, &report_id(report), &mut galley.setter);
    Some(Laid { pages, tags: galley.tags, author: galley.setter.legible(&report.clinic.name) })
}

/// The report's id, with its version from the second on.
fn report_id(report: &ReportContent) -> String {
    match report.number {
        0 | 1 => report.report_id.clone(),
        number => format!("{}, {} {number}", report.report_id, report.words.version),
    }
}

fn signatory(staff: &Signatory) -> String {
    let parts = [&staff.name, &staff.credential];
    let written: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !is_blank(part)).collect();
    written.join(", ")
}

impl Galley {
    fn letterhead(&mut self, report: &ReportContent) {
        self.say(&report.clinic.name, Style::CLINIC.aligned(Alignment::Left));
        self.prose(&report.clinic.contact, Style::NOTE.aligned(Alignment::Left));
        self.rule(8.0, 1.2, ACCENT);
    }

    /// Whose report it is, and which.
    fn about(&mut self, report: &ReportContent) {
        const INSET: f32 = 10.0;
        const HALF: f32 = ROOM[0] / 2.0;
        let (words, from) = (&report.words, self.strips.len());
        let fields = [
            [(words.patient, &report.patient_name), (words.evaluation_date, &report.evaluation_date)],
            [(words.evaluated_by, &signatory(&report.provider)), (words.report, &report_id(report))],
        ];
        for (index, row) in fields.into_iter().enumerate() {
            let columns = row.into_iter().zip([0.0, HALF]).map(|((label, value), x)| {
                let width = HALF - 2.0 * INSET;
                let mut lines = self.setter.set(&apart(label), Style::NOTE.aligned(Alignment::Left), width);
                lines.extend(self.setter.set(value, Style::SUBHEADING.aligned(Alignment::Left), width));
                Column { x: x + INSET, lines, sense: Sense::Part(self.part(Tag::P)) }
            });
            let mut strips = beside(columns.collect());
            let ends = if index == 0 { [INSET - 2.0, 3.0] } else { [3.0, INSET - 2.0] };
            pad(&mut strips, ends[0], ends[1]);
            strips.iter_mut().for_each(|strip| strip.shade = Some(3.0));
            self.add(if index == 0 { 12.0 } else { 0.0 }, strips);
        }
        self.keep_together(from);
    }

    fn findings(&mut self, report: &ReportContent) {
        self.heading(report.words.findings);
        if report.findings.is_empty() {
            self.say(report.words.no_findings, Style::BODY);
        }
        for Finding { area, text } in &report.findings {
            self.subheading(area);
            self.prose(text, Style::BODY);
        }
    }

    fn recommendations(&mut self, report: &ReportContent) {
        self.heading(report.words.recommendations);
        if is_blank(&report.recommendations) {
            self.say(report.words.no_recommendations, Style::BODY);
        } else {
            self.prose(&report.recommendations, Style::BODY);
        }
    }

    fn addenda(&mut self, report: &ReportContent) {
        if report.addenda.is_empty() {
            return;
        }
        self.heading(report.words.addenda);
        for Addendum { text, signed_by, signed_at } in &report.addenda {
            self.subheading(signed_at);
            self.prose(text, Style::BODY);
            self.say(&format!("{} {}", report.words.signed_by, signatory(signed_by)), Style::NOTE);
        }
    }

    fn pictures(&mut self, report: &ReportContent, images: &[Image]) {
        if !report.photos.is_empty() {
            self.heading(report.words.photos);
            self.photos(&report.photos, images, &report.words);
        }
    }

    fn measurements(&mut self, report: &ReportContent, images: &[Image]) {
        if report.measures.is_empty() && report.not_measured.is_empty() {
            return;
        }
        let words = &report.words;
        self.heading(words.measurements);
        self.prose(&report.measures_caveat, Style::BODY);
        if let (Some(drawing), Some(image)) = (&report.drawing, images.get(report.photos.len())) {
            self.face(drawing, image, words);
        }
        if !report.measures.is_empty() {
            self.measures(report);
            self.keep_with_next();
            self.say(words.error_note, Style::NOTE);
        }
        if !report.not_measured.is_empty() {
            self.subheading(words.not_measured);
            self.gaps(report);
        }
        if !is_blank(&report.model_version) {
            self.say(&format!("{} {}.", words.measured_with, report.model_version), Style::NOTE);
        }
    }

    fn measures(&mut self, report: &ReportContent) {
        let words = &report.words;
        let heads = [
            Head { text: words.number, width: Width::Content, align: Alignment::Right },
            Head { text: words.measure, width: Width::Share(5.0), align: Alignment::Left },
            Head { text: words.value, width: Width::Content, align: Alignment::Right },
            Head { text: words.error, width: Width::Content, align: Alignment::Right },
            Head { text: words.unit, width: Width::Content, align: Alignment::Left },
            Head { text: words.source, width: Width::Share(2.6), align: Alignment::Left },
        ];
        let rows: Vec<_> = report.measures.iter().map(measured).collect();
        self.table(&heads, &rows);
    }

    fn gaps(&mut self, report: &ReportContent) {
        let head = |text| Head { text, width: Width::Share(1.0), align: Alignment::Left };
        let rows: Vec<_> = report.not_measured.iter().map(not_measured).collect();
        self.table(&[head(report.words.measure), head(report.words.reason)], &rows);
    }

    /// Signature and small print: kept whole, so that no page holds a lone line.
    fn signature(&mut self, report: &ReportContent) {
        let (words, from) = (&report.words, self.strips.len());
        self.rule(20.0, 0.5, RULE);
        self.say_stressed(&format!("{} ", words.signed_by), &signatory(&report.provider), &zoned(report));
        self.say(&format!("{}: {}", words.content_hash, report.content_hash), Style::NOTE);
        if self.setter.has_replaced() {
            self.say(words.placeholders, Style::NOTE);
        }
        self.prose(words.disclaimer, Style::NOTE);
        self.keep_together(from);
    }
}

fn not_measured(gap: &NotMeasured) -> Vec<Cell<'_>> {
    [&gap.name, &gap.reason].map(|text| vec![(text.as_str(), Style::CELL)]).into()
}

fn measured(row: &MeasureRow) -> Vec<Cell<'_>> {
    let cell = |text| vec![(text, Style::CELL)];
    let or_dash = |text| cell(if is_blank(text) { "–" } else { text });
    let name =
        vec![(row.name.as_str(), Style::CELL.bold()), (row.definition.as_str(), Style::CELL.coloured(QUIET))];
    let name = name.into_iter().filter(|(text, _)| !is_blank(text)).collect();
    vec![
        cell(&row.number),
        name,
        cell(&row.value),
        or_dash(&row.error),
        or_dash(&row.unit),
        or_dash(&row.source),
    ]
}

/// When it was signed, and in which time zone that is told.
fn zoned(report: &ReportContent) -> String {
    match &report.clinic.time_zone {
        zone if is_blank(zone) => report.signed_at_text.clone(),
        zone => format!("{} ({zone})", report.signed_at_text),
    }
}
