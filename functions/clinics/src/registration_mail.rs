//! What is mailed to whom a registration names as the owner. The same to everybody but for the link: anybody can have it sent
//! to anybody.

/// The subject.
pub(crate) const SUBJECT: &str = "Confirm that you register a clinic with Visage";

/// The text, with the link that confirms.
pub(crate) fn text(link: &str) -> String {
    format!(
        "Somebody asked to register a clinic with Visage and named you as its owner.\n\n\
         If it was you, open this page within 48 hours and confirm it there. You then get an invitation to sign in:\n\
         {link}\n\n\
         If it wasn't you, there is nothing to do. Without your confirmation nothing is registered, and what was entered \
         is deleted.\n\n\
         Nobody reads replies to this address.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use visage_domain::registration::CONFIRMATION_LIFETIME;

    #[test]
    fn the_mail_says_how_long_the_link_works_and_fits_a_mail() {
        let text = text("https://app.visage.example/registrations#secret");
        assert!(text.contains(&format!("{} hours", CONFIRMATION_LIFETIME.as_hours())));
        assert!(text.lines().any(|line| line == "https://app.visage.example/registrations#secret"));
        // RFC 5322, 2.1.1: a line has 998 characters at most.
        assert!(text.lines().all(|line| line.len() < 998));
    }
}
