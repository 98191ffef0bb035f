//! How callers show who they are.

use serde_json::{Value, json};
use visage_domain::permission::Grant;
use visage_platform::operation::Listed;
use visage_platform::request::{CSRF_HEADER, SESSION_COOKIE};

/// The ways there are.
pub(crate) fn schemes() -> Value {
    let bearer = |what: &str| json!({ "type": "http", "scheme": "bearer", "description": what });
    json!({
        "staffSession": bearer("The `token` of a staff session: 30 minutes without activity end it, and 12 hours in any case."),
        "staffCookie": {
            "type": "apiKey", "in": "cookie", "name": SESSION_COOKIE,
            "description": "The same session as a cookie, for pages of our own.",
        },
        "csrfToken": {
            "type": "apiKey", "in": "header", "name": CSRF_HEADER,
            "description": "The `csrfToken` of the session: with the cookie, every change needs it, and is refused with 401 `csrf` without.",
        },
        "operatorSession": bearer("The `token` of an operator's session."),
        "resumeToken": bearer("The `resumeToken` of an intake: dies when the intake is handed in, or after 30 days."),
        "linkSecret": bearer("The secret of a link that the patient was sent, from the link's fragment."),
        "registrationSecret": bearer("The secret of the link that was mailed to register a clinic, from the link's fragment."),
    })
}

/// What an operation asks for: any one of these.
pub(crate) fn of(listed: &Listed) -> Value {
    match listed.permission.grant {
        Grant::Staff(_) if listed.info.mutates() => {
            json!([{ "staffSession": [] }, { "staffCookie": [], "csrfToken": [] }])
        }
        Grant::Staff(_) => json!([{ "staffSession": [] }, { "staffCookie": [] }]),
        Grant::Operator => json!([{ "operatorSession": [] }]),
        Grant::Patient => json!([{ "resumeToken": [] }]),
        Grant::Recipient => json!([{ "linkSecret": [] }]),
        Grant::Registrant => json!([{ "registrationSecret": [] }]),
        Grant::Visitor | Grant::Function => json!([]),
    }
}

/// Who may call an operation, in words.
pub(crate) fn in_words(listed: &Listed) -> String {
    match listed.permission.grant {
        Grant::Staff(roles) => {
            let roles: Vec<String> = roles
                .iter()
                .filter_map(|role| serde_json::to_value(role).ok()?.as_str().map(|role| format!("`{role}`")))
                .collect();
            let too = if listed.permission.emergency { ", and for who broke the glass" } else { "" };
            format!("For the clinic's staff in one of the roles {}{too}.", roles.join(", "))
        }
        Grant::Operator => "For operators of the platform.".to_owned(),
        Grant::Visitor | Grant::Function => "For anyone.".to_owned(),
        Grant::Patient | Grant::Recipient | Grant::Registrant => format!("For the {}.", listed.caller),
    }
}
