//! What is said of somebody who is to work at a clinic, checked and tidied.

use super::{Licence, MOST_LICENCES, Staff, StaffDetails, StaffStatus};
use crate::clinic::is_line;
use crate::form::{clean_name, normalise_email};
use crate::ids::StaffId;
use crate::principal::Role;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest professional title, in characters.
const LONGEST_CREDENTIAL: usize = 60;

/// The longest user name that the identity provider takes, in bytes.
const LONGEST_EMAIL: usize = 128;

/// A wrong field: a JSON pointer to it, and a stable code.
type Fault = (String, &'static str);

/// Somebody to invite.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Newcomer {
    /// Where the invitation goes; the user name at the identity provider.
    pub email: String,
    /// Name, as reports show it.
    pub name: String,
    /// Professional title, as reports show it.
    pub credential: Option<String>,
    /// What they will do. At least one.
    pub roles: Vec<Role>,
    /// What they are licensed for. Who holds no valid licence of the clinic's state signs nothing.
    #[serde(default)]
    pub licences: Vec<Licence>,
}

/// What is to hold of somebody from now on. The address is who they are, and doesn't change.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaffChange {
    /// Name, as reports show it.
    pub name: String,
    /// Professional title, as reports show it.
    pub credential: Option<String>,
    /// What they do. At least one.
    pub roles: Vec<Role>,
    /// What they are licensed for. Who holds no valid licence of the clinic's state signs nothing.
    pub licences: Vec<Licence>,
}

impl Newcomer {
    /// The membership that the invitation makes, and who it is.
    pub fn into_member(self, staff: StaffId, subject: String, since: Timestamp) -> (Staff, StaffDetails) {
        let Self { email, name, credential, roles, licences } = self;
        let member = Staff {
            staff,
            subject,
            roles,
            licences,
            status: StaffStatus::Active,
            since,
            accepted_at: None,
            last_sign_in_at: None,
            signed_out_at: None,
            bulk: Vec::new(),
        };
        (member, StaffDetails { name, credential, email })
    }

    /// Tidies it, and says what is wrong, all of it, each with its place below `at`.
    pub fn tidy(&mut self, at: &str) -> Vec<Fault> {
        // The identity provider tells no capital from a small letter: nor may we, or one account would be two users.
        let email = normalise_email(&self.email).filter(|email| email.len() <= LONGEST_EMAIL);
        let email = email.map(|email| self.email = email.to_lowercase());
        let wrong_email = email.is_none().then(|| (format!("{at}/email"), "invalid_email"));
        let Self { name, credential, roles, licences, .. } = self;
        wrong_email.into_iter().chain(tidy(at, name, credential.as_deref(), roles, licences)).collect()
    }
}

impl StaffChange {
    /// Tidies it, and says what is wrong, all of it, each with its place.
    pub fn tidy(&mut self) -> Vec<Fault> {
        let Self { name, credential, roles, licences } = self;
        tidy("", name, credential.as_deref(), roles, licences)
    }
}

fn tidy(
    at: &str,
    name: &mut String,
    credential: Option<&str>,
    roles: &mut Vec<Role>,
    licences: &[Licence],
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut require = |good: bool, field: String, code| {
        if !good {
            faults.push((format!("{at}/{field}"), code));
        }
    };
    let clean = clean_name(name);
    require(clean.is_some(), "name".into(), "invalid_name");
    if let Some(clean) = clean {
        *name = clean;
    }
    let is_title = |text: &str| is_line(text, LONGEST_CREDENTIAL);
    require(credential.is_none_or(is_title), "credential".into(), "invalid_credential");
    require(!roles.is_empty(), "roles".into(), "required");
    roles.sort_unstable();
    roles.dedup();
    require(licences.len() <= MOST_LICENCES, "licences".into(), "too_many");
    for (index, licence) in licences.iter().enumerate().take(MOST_LICENCES) {
        for (field, code) in licence.faults() {
            require(false, format!("licences/{index}/{field}"), code);
        }
    }
    faults
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_wrong_with_a_newcomer_is_named_at_once() {
        let input = json!({
            "email": "nobody", "name": "\u{202e}", "credential": "M\nD", "roles": [],
            "licences": [
                { "number": "MD60123456", "state": "WA", "expiresOn": "2001-01-01" },
                { "number": " ", "state": "wa", "expiresOn": "2027-01-01" },
            ],
        });
        let mut newcomer: Newcomer = serde_json::from_value(input).unwrap();
        let faults = newcomer.tidy("/staff/3");
        let faults: Vec<_> = faults.iter().map(|(at, code)| format!("{at} {code}")).collect();
        assert_eq!(
            faults,
            [
                "/staff/3/email invalid_email",
                "/staff/3/name invalid_name",
                "/staff/3/credential invalid_credential",
                "/staff/3/roles required",
                "/staff/3/licences/1/number invalid_number",
                "/staff/3/licences/1/state unknown_state",
            ]
        );
    }

    #[test]
    fn an_address_is_no_longer_than_a_user_name_may_be() {
        let faults = |length: usize| {
            let email = format!("{}@{}.example", "d".repeat(60), "c".repeat(length - 69));
            let input = json!({ "email": email, "name": "Dana", "roles": ["owner"] });
            serde_json::from_value::<Newcomer>(input).unwrap().tidy("").len()
        };
        assert_eq!((faults(128), faults(129)), (0, 1));
    }

    #[test]
    fn an_address_is_one_person_however_it_is_written() {
        let input = json!({ "email": "Dana.Q@Clinic.Example", "name": "Dana", "roles": ["owner"] });
        let mut newcomer: Newcomer = serde_json::from_value(input).unwrap();
        assert!(newcomer.tidy("").is_empty());
        assert_eq!(newcomer.email, "dana.q@clinic.example");
    }

    #[test]
    fn a_role_counts_once() {
        let input = json!({ "name": "Zoë", "roles": ["provider", "owner", "provider"], "licences": [] });
        let mut change: StaffChange = serde_json::from_value(input).unwrap();
        assert!(change.tidy().is_empty());
        assert_eq!(change.roles, [Role::Owner, Role::Provider]);
    }
}
