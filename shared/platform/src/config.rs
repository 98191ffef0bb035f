//! Configuration: the environment, read once.

use std::collections::HashMap;
use visage_store::aws::Access;

/// A variable that the function needs isn't set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct MissingVariable(pub &'static str);

/// The variables of the function's environment. Prints their names only.
#[derive(Clone)]
pub struct Config(HashMap<String, String>);

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

macro_rules! variables {
    ($($(#[$doc:meta])* $name:ident = $variable:literal;)*) => {
        impl Config {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// If the variable isn't set.
                pub fn $name(&self) -> Result<String, MissingVariable> {
                    self.0.get($variable).filter(|value| !value.is_empty()).cloned().ok_or(MissingVariable($variable))
                }
            )*
        }
    };
}

variables! {
    /// The region.
    region = "AWS_REGION";
    /// The key of the function's role.
    access_key_id = "AWS_ACCESS_KEY_ID";
    /// Its secret.
    secret_access_key = "AWS_SECRET_ACCESS_KEY";
    /// The stage: `dev`, `staging`, `prod`.
    stage = "VISAGE_STAGE";
    /// The area of the product that the function belongs to.
    area = "VISAGE_AREA";
    /// The records table.
    records_table = "RECORDS_TABLE";
    /// The directory table.
    directory_table = "DIRECTORY_TABLE";
    /// The audit table.
    audit_table = "AUDIT_TABLE";
    /// The KMS key that wraps branch keys (ARN).
    phi_key = "PHI_KEY";
    /// Where originals arrive.
    incoming_bucket = "INCOMING_BUCKET";
    /// Where clean photos lie.
    photos_bucket = "PHOTOS_BUCKET";
    /// Where reports lie.
    reports_bucket = "REPORTS_BUCKET";
    /// The user pool of staff.
    staff_pool_id = "STAFF_POOL_ID";
    /// Its client.
    staff_client_id = "STAFF_CLIENT_ID";
    /// The user pool of operators.
    operator_pool_id = "OPERATOR_POOL_ID";
    /// Its client.
    operator_client_id = "OPERATOR_CLIENT_ID";
    /// The queue of notices to send.
    notices_queue_url = "NOTICES_QUEUE_URL";
    /// The queue of reports to render.
    reports_queue_url = "REPORTS_QUEUE_URL";
    /// The queue of alerts to send.
    alerts_queue_url = "ALERTS_QUEUE_URL";
    /// Alerts given up.
    alerts_dlq_url = "ALERTS_DLQ_URL";
    /// The queue of departures to settle.
    departures_queue_url = "DEPARTURES_QUEUE_URL";
    /// Departures given up.
    departures_dlq_url = "DEPARTURES_DLQ_URL";
    /// The queue of access reviews to compile.
    access_reviews_queue_url = "ACCESS_REVIEWS_QUEUE_URL";
    /// Access reviews given up.
    access_reviews_dlq_url = "ACCESS_REVIEWS_DLQ_URL";
    /// The queue of clinics to purge.
    purge_queue_url = "PURGE_QUEUE_URL";
    /// The queue of uploads to clean.
    incoming_queue_url = "INCOMING_QUEUE_URL";
    /// The queue of photos to analyse.
    analysis_queue_url = "ANALYSIS_QUEUE_URL";
    /// Uploads given up.
    incoming_dlq_url = "INCOMING_DLQ_URL";
    /// Photos given up.
    analysis_dlq_url = "ANALYSIS_DLQ_URL";
    /// Reports given up.
    reports_dlq_url = "REPORTS_DLQ_URL";
    /// Notices given up.
    notices_dlq_url = "NOTICES_DLQ_URL";
    /// Purge orders given up.
    purge_dlq_url = "PURGE_DLQ_URL";
    /// The queue of what the relay could not read.
    relay_dlq_url = "RELAY_DLQ_URL";
    /// The origin of the patients' pages.
    web_url = "WEB_URL";
    /// The sender of e-mail.
    mail_from = "MAIL_FROM";
    /// The SES configuration set, whose TLS policy is REQUIRE.
    mail_configuration_set = "MAIL_CONFIGURATION_SET";
}

impl Config {
    /// Reads the environment.
    #[expect(clippy::disallowed_methods, reason = "the one place where the product reads the environment")]
    pub fn from_environment() -> Self {
        Self(std::env::vars().collect())
    }

    /// What the edge's secrets are known by: hashes, commas between them. Empty where there is no edge.
    pub fn origin_secret_hashes(&self) -> &str {
        self.0.get("ORIGIN_SECRET_HASHES").map_or("", String::as_str)
    }

    /// Where AWS is, and as whom it is called. Endpoints are set on laptops only: `AWS_ENDPOINT_URL`, and for a single
    /// service the same with its name.
    ///
    /// # Errors
    /// If a variable isn't set that Lambda sets for every function.
    pub fn access(&self) -> Result<Access, MissingVariable> {
        let endpoint = |(name, url): (&String, &String)| {
            let service = name.strip_prefix("AWS_ENDPOINT_URL").filter(|_| !url.is_empty())?;
            Some((service.trim_start_matches('_').to_owned(), url.clone()))
        };
        Ok(Access {
            region: self.region()?,
            access_key_id: self.access_key_id()?,
            secret_access_key: self.secret_access_key()?,
            session_token: self.0.get("AWS_SESSION_TOKEN").filter(|token| !token.is_empty()).cloned(),
            endpoints: self.0.iter().filter_map(endpoint).collect(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_laptop_says_where_services_answer_and_lambda_says_nothing() {
        let lambda =
            [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
        let laptop = [("AWS_ENDPOINT_URL", "http://a"), ("AWS_ENDPOINT_URL_REKOGNITION", "http://b")];
        let of = |all: &[(&str, &str)]| {
            Config(all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        assert!(of(&lambda).access().unwrap().endpoints.is_empty());
        let endpoints = of(&[lambda.as_slice(), &laptop].concat()).access().unwrap().endpoints;
        let expected = [("", "http://a"), ("REKOGNITION", "http://b")];
        assert_eq!(endpoints, expected.map(|(name, url)| (name.to_owned(), url.to_owned())).into());
        assert_eq!(of(&lambda[..2]).access().unwrap_err(), MissingVariable("AWS_SECRET_ACCESS_KEY"));
    }
}
