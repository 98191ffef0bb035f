//! What notices say. They name the clinic and nothing of the patient: an SMS or an e-mail may be read by anyone.

use visage_domain::outbox::NoticeEvent;

/// An e-mail's subject and text.
pub(crate) struct Text {
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// The longest clinic name that a text message shows, in characters.
const SMS_NAME: usize = 40;

/// The text message of an event.
pub(crate) fn sms(event: NoticeEvent, clinic: &str, link: Option<&str>) -> String {
    let clinic: String = clinic.chars().take(SMS_NAME).collect();
    match (event, link) {
        (NoticeEvent::ReportReady, Some(link)) => {
            format!(
                "{clinic}: your report is ready. Open it with your date of birth: {link} Reply STOP to opt out."
            )
        }
        _ => format!("{clinic}: we received your intake and will be in touch. Reply STOP to opt out."),
    }
}

/// The e-mail of an event.
pub(crate) fn email(event: NoticeEvent, clinic: &str, contact: &str, link: Option<&str>) -> Text {
    let closing = format!("\n\nQuestions? Write to {contact}.\n\n{clinic}\n");
    match (event, link) {
        (NoticeEvent::ReportReady, Some(link)) => Text {
            subject: format!("{clinic}: your report is ready"),
            body: format!(
                "Hello,\n\nYour report is ready. Open it here; you will be asked for your date of birth:\n\n{link}\n\n\
                 The link works for 30 days and is meant for you alone. Please do not forward it.{closing}"
            ),
        },
        _ => Text {
            subject: format!("{clinic}: we received your intake"),
            body: format!(
                "Hello,\n\nThank you. Your intake arrived safely and a provider will look at it. We will write to you \
                 when there is something to read.{closing}"
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_message_says_how_to_stop() {
        for event in [NoticeEvent::IntakeReceived, NoticeEvent::ReportReady] {
            assert!(sms(event, "Glow", Some("https://x/report#v1.a.b")).ends_with("Reply STOP to opt out."));
        }
    }

    #[test]
    fn a_ready_report_comes_with_its_link() {
        let link = "https://example.org/report#v1.a.b";
        assert!(sms(NoticeEvent::ReportReady, "Glow", Some(link)).contains(link));
        assert!(email(NoticeEvent::ReportReady, "Glow", "a@b.c", Some(link)).body.contains(link));
    }
}
