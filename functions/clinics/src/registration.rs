//! What is said of a clinic that is to be registered and of who is invited to it, whoever registers it: checked and tidied.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use visage_domain::agreement::Accepted;
use visage_domain::clinic::{Clinic, ClinicContact, ClinicSettings, ClinicStatus, is_slug, is_state};
use visage_domain::form::{PhoneRegion, clean_name, normalise_email, normalise_phone};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::keys::WrappedKey;
use visage_domain::staff::Newcomer;
use visage_platform::Problem;
use visage_platform::problem::FieldProblem;
use visage_store::vault::staff_id_of;

/// A clinic, and its first staff.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Registration {
    pub(crate) clinic: NewClinic,
    pub(crate) staff: Vec<Newcomer>,
    /// Whether an operator registers it. What is kept until somebody confirms it can't say so.
    #[serde(skip)]
    pub(crate) verified: bool,
}

/// What is entered of a clinic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NewClinic {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) time_zone: String,
    pub(crate) state: String,
    pub(crate) contact: ClinicContact,
    pub(crate) hipaa_covered: bool,
}

impl Registration {
    /// Who its staff will be at `clinic`: the same whenever it is registered again.
    pub(crate) fn staff_at(&self, clinic: ClinicId) -> Vec<StaffId> {
        self.staff.iter().map(|member| staff_id_of(clinic, &member.email)).collect()
    }

    /// Itself, if nothing was wrong.
    pub(crate) fn unless(self, wrong: Vec<FieldProblem>) -> Result<Self, Problem> {
        if wrong.is_empty() { Ok(self) } else { Err(Problem::invalid_fields().with_errors(wrong)) }
    }
}

impl NewClinic {
    /// Tidies it, and says what is wrong, all of it, each with its place.
    pub(crate) fn tidy(&mut self, may_be_called: impl Fn(&str) -> bool) -> Vec<FieldProblem> {
        let mut errors = Vec::new();
        let mut require = |good: bool, pointer: &str, code: &'static str| {
            if !good {
                errors.push(FieldProblem::new(pointer, code));
            }
        };
        require(is_slug(&self.slug), "/slug", "invalid_slug");
        match clean_name(&self.name).filter(|name| may_be_called(name)) {
            Some(name) => self.name = name,
            None => require(false, "/name", "invalid_name"),
        }
        require(jiff::tz::TimeZone::get(&self.time_zone).is_ok(), "/timeZone", "unknown_time_zone");
        require(is_state(&self.state), "/state", "unknown_state");
        match normalise_email(&self.contact.email) {
            Some(email) => self.contact.email = email,
            None => require(false, "/contact/email", "invalid_email"),
        }
        match normalise_phone(&self.contact.phone, PhoneRegion::US) {
            Some(phone) => self.contact.phone = phone,
            None => require(false, "/contact/phone", "invalid_phone"),
        }
        errors
    }

    /// The clinic that it becomes, before its owner signed anything.
    pub(crate) fn into_clinic(
        self,
        clinic: ClinicId,
        key: WrappedKey,
        verified: bool,
        now: Timestamp,
    ) -> Clinic {
        Clinic {
            clinic,
            slug: self.slug,
            name: self.name,
            time_zone: self.time_zone,
            state: self.state,
            contact: self.contact,
            hipaa_covered: self.hipaa_covered,
            status: ClinicStatus::Pending,
            status_since: now,
            verified,
            withheld: false,
            agreements: Accepted::new(),
            settings: ClinicSettings::default(),
            key,
            registered_at: now,
        }
    }
}

/// Tidies what is said of one of the staff, and says what is wrong, each with its place below `at`.
pub(crate) fn tidy_member(member: &mut Newcomer, at: &str) -> Vec<FieldProblem> {
    member.tidy(at).into_iter().map(|(pointer, code)| FieldProblem::new(pointer, code)).collect()
}

/// Whether programs that show mails and texts could make a link or an address of a name: of `glow.example`, but not of
/// `Dr. Glow, M.D.`
pub(crate) fn is_like_a_link(name: &str) -> bool {
    // The last three are full stops too, where addresses are read.
    let stops = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
    let is_label = |text: &str| text.chars().take_while(|it| it.is_alphanumeric()).count() > 1;
    name.split_whitespace().any(|word| word.contains(['/', '@']) || word.split(stops).skip(1).any(is_label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_reads_like_a_link_or_an_address_is_told_from_one_with_full_stops() {
        for good in ["Glow", "St. Mary’s Skin & Laser", "Dr. Glow, M.D.", "Glow Ph.D., P.C.", "Glow Inc..."]
        {
            assert!(!is_like_a_link(good), "{good}");
        }
        for bad in [
            "win at glow.example",
            "glow.co.uk.",
            "(glow.example)",
            "glow\u{3002}example",
            "t/glow",
            "desk@glow",
            ".com",
        ] {
            assert!(is_like_a_link(bad), "{bad}");
        }
    }
}
