//! What alerts say. They name the clinic and the time, and nothing of a patient or of who did it: what happened is looked up
//! behind the sign-in. So they go whether or not their vendor may see a patient's data (decision 46): an [`AlertEvent`] has
//! nothing of a patient in it, and no text is made from anything else but the clinic's name and the time.

use crate::texts::Text;
use jiff::Zoned;
use visage_domain::alert::AlertEvent;

/// The e-mail that tells of an event at `clinic`, with the time that it was there.
pub(crate) fn alert(event: AlertEvent, clinic: &str, at: &Zoned, web_url: &str) -> Text {
    let (subject, happened, look) = match event {
        AlertEvent::VendorChanged { vendor } => {
            let product = vendor.profile().product;
            (
                "a vendor's record changed",
                format!("What is on record about {product}, a vendor that Visage works with, changed."),
                format!("What each vendor does, gets to see, and has on record: {web_url}/vendors"),
            )
        }
        AlertEvent::BulkExport => (
            "answers of many patients are being taken out",
            "Somebody who was granted it began to export the answers of many patients. They have an hour for it.".into(),
            format!("Who may, and taking that back, which holds at once: {web_url}/staff"),
        ),
        AlertEvent::BulkImport => (
            "intakes of many patients are being imported",
            "Somebody who was granted it began to import intakes of many patients that were taken elsewhere.".into(),
            format!("Who may, and taking that back, which holds at once: {web_url}/staff"),
        ),
        AlertEvent::BreakGlass => (
            "emergency access to charts began",
            "Somebody opened patients' charts for an emergency. They can read them for an hour, and everything that \
             they open is on record."
                .into(),
            format!("Who it was and why, what they opened, and your review: {web_url}/break-glass"),
        ),
        AlertEvent::BreakGlassUnreviewed => (
            "emergency access waits for your review",
            "Somebody opened patients' charts for an emergency, and nobody has reviewed it since. You are reminded \
             every day until somebody does who isn't who opened them."
                .into(),
            format!("What waits for a review: {web_url}/break-glass"),
        ),
        AlertEvent::AccessReviewDue => (
            "this quarter's access review waits for you",
            "Who has access to patients' records is to be reviewed every quarter. What everybody may do, and did, in the \
             last 90 days has been gathered. Please say of each person whether their access stays as it is."
                .into(),
            format!("The review: {web_url}/access-reviews"),
        ),
        AlertEvent::AccessReviewOverdue => (
            "an access review is still open",
            "A review of who has access to patients' records waits for somebody to say of each person whether their \
             access stays as it is. You are reminded every week until it is done."
                .into(),
            format!("The review: {web_url}/access-reviews"),
        ),
        AlertEvent::MfaReset => (
            "somebody gets a new password and authenticator",
            "Two people agreed that somebody of the clinic, who lost theirs, gets a new password and authenticator. Their \
             sessions ended, and a temporary password goes to their address on record, and nowhere else. If nobody of yours \
             asked for that, suspend the person and tell the platform's operators."
                .into(),
            format!("Who works at the clinic: {web_url}/staff"),
        ),
        AlertEvent::OwnerResetRequested => (
            "an owner is to get a new password and authenticator",
            "An operator of Visage asked that an owner of the clinic, whom nobody there can help, gets a new password and \
             authenticator. It takes another operator within 24 hours. If nobody of yours asked for that, tell the platform's \
             operators at once."
                .into(),
            format!("What was asked for, and for whom: {web_url}/staff"),
        ),
    };
    let at = at.strftime("%Y-%m-%d %H:%M %Z");
    Text {
        subject: format!("{clinic}: {subject}"),
        body: format!(
            "{happened}\n\nClinic: {clinic}\nTime: {at}\n\n{look}\n\n\
             You get this because you answer for this clinic. Nobody reads replies to this address.\n"
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use visage_domain::vendor::VendorName;

    #[test]
    fn every_alert_names_clinic_time_and_where_to_look_and_fits_a_mail() {
        let at = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::get("America/Los_Angeles").unwrap());
        let events = [
            AlertEvent::VendorChanged { vendor: VendorName::Sns },
            AlertEvent::BulkExport,
            AlertEvent::BulkImport,
            AlertEvent::BreakGlass,
            AlertEvent::BreakGlassUnreviewed,
            AlertEvent::AccessReviewDue,
            AlertEvent::AccessReviewOverdue,
            AlertEvent::MfaReset,
            AlertEvent::OwnerResetRequested,
        ];
        for event in events {
            let text = alert(event, "Glow", &at, "https://app.visage.example");
            assert!(text.subject.starts_with("Glow: ") && text.body.contains("Clinic: Glow\n"));
            assert!(text.body.contains("Time: 1969-12-31 16:00 PST\n"), "{}", text.body);
            assert!(text.body.contains("https://app.visage.example/"));
            // RFC 5322, 2.1.1: a line has 998 characters at most.
            assert!(text.body.lines().all(|line| line.len() < 998));
        }
    }
}
