//! An evaluation as a provider sees it.

use serde::Deserialize;
use serde_json::Value;

/// Which evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Whose.
    pub patient: String,
    /// The evaluation.
    pub evaluation: String,
}

impl Visit {
    /// Its path.
    pub fn path(&self) -> String {
        format!("/v1/patients/{}/evaluations/{}", self.patient, self.evaluation)
    }
}

/// A line of the queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The evaluation.
    pub evaluation: String,
    /// Whose.
    pub patient: String,
    /// The patient's name.
    pub patient_name: String,
    /// When the intake came in.
    pub created_at: jiff::Timestamp,
    /// Whose work it is.
    pub assignee: Option<String>,
    /// Their name.
    pub assignee_name: Option<String>,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
}

impl Line {
    /// Which evaluation it is.
    pub fn visit(&self) -> Visit {
        Visit { patient: self.patient.clone(), evaluation: self.evaluation.clone() }
    }
}

/// An opened evaluation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// The tag to change it with.
    #[serde(skip)]
    pub etag: String,
    /// How far it is.
    pub status: String,
    /// The intake it evaluates.
    pub intake: String,
    /// How that came in.
    pub source: String,
    /// Who of the staff entered it.
    pub entered_by: Option<String>,
    /// The guardian of a minor.
    pub guardian: Option<Value>,
    /// What staff wrote.
    pub notes: Vec<Value>,
    /// Whose work it is.
    pub assignee: Option<String>,
    /// The questions that were asked, with their answers.
    pub answers: Vec<Asked>,
    /// What the patient decided.
    pub consents: Vec<Decided>,
    /// The photos.
    pub photos: Vec<Photo>,
    /// The documents.
    pub documents: Vec<Document>,
    /// The photos that were asked for again.
    pub retakes: Vec<Value>,
    /// What the provider wrote.
    pub assessment: Option<Value>,
    /// The signature.
    pub signature: Option<Value>,
    /// What was sent.
    pub notices: Vec<Notice>,
    /// What was added after the signature.
    pub addenda: Vec<Value>,
    /// That it was withdrawn.
    pub withdrawal: Option<Value>,
    /// What was rendered.
    pub reports: Vec<Value>,
}

/// A question with its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The question's `linkId`.
    pub link_id: String,
    /// The answer as text; none if it was left open.
    pub answer: Option<String>,
}

/// A consent that was decided.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// For what.
    pub purpose: String,
    /// Given or refused.
    pub given: bool,
    /// When.
    pub decided_at: jiff::Timestamp,
    /// `patient` or `guardian`.
    pub given_by: String,
    /// Who of the staff was told.
    pub told_to: Option<String>,
}

impl Opened {
    /// The answer to a question.
    pub fn answer(&self, link_id: &str) -> Option<&str> {
        self.answers.iter().find(|asked| asked.link_id == link_id)?.answer.as_deref()
    }

    /// How far everything is, for messages.
    pub fn summary(&self) -> String {
        let photos = self.photos.iter().map(|it| format!("{} {} {}", it.view, it.state, it.analysis_state()));
        let notices = self.notices.iter().map(|it| format!("{} by {} {}", it.event, it.channel, it.state));
        let parts: Vec<_> = [self.status.clone()].into_iter().chain(photos).chain(notices).collect();
        parts.join("; ")
    }

    /// The only photo of a view.
    pub fn photo(&self, view: &str) -> Option<&Photo> {
        let mut of_view = self.photos.iter().filter(|photo| photo.view == view);
        of_view.next().filter(|_| of_view.next().is_none())
    }

    /// The notice of an event on a channel.
    pub fn notice(&self, event: &str, channel: &str) -> Option<&Notice> {
        self.notices.iter().find(|notice| notice.event == event && notice.channel == channel)
    }
}

/// A document of an evaluation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The document.
    pub document: String,
    /// The question that it answers.
    pub question: String,
    /// Where it stands.
    pub state: String,
    /// Why it couldn't be used.
    pub code: Option<String>,
    /// What it was found to be.
    pub content_type: Option<String>,
    /// Its length in bytes.
    pub length: Option<usize>,
    /// Where it can be saved for fifteen minutes.
    pub url: Option<String>,
    /// Until when.
    pub url_expires_at: Option<jiff::Timestamp>,
}

/// A photo of an evaluation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Photo {
    /// The photo.
    pub photo: String,
    /// The view it shows.
    pub view: String,
    /// Where it stands.
    pub state: String,
    /// Why it couldn't be used.
    pub code: Option<String>,
    /// Where it can be seen for fifteen minutes.
    pub url: Option<String>,
    /// Where its analysis stands.
    pub analysis: Value,
    /// What was found out.
    pub findings: Option<Value>,
}

impl Photo {
    /// The state of its analysis.
    pub fn analysis_state(&self) -> &str {
        self.analysis["state"].as_str().unwrap_or_default()
    }
}

/// A message about an evaluation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// About what.
    pub event: String,
    /// How.
    pub channel: String,
    /// Where it stands.
    pub state: String,
    /// The report link it carries.
    pub link: Option<String>,
}
