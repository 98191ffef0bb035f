//! The connection to AWS: one HTTP client, one trust store, one configuration for all SDK clients of a function.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::types::ConsumedCapacity;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long calls may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    attempt: Duration,
    call: Duration,
}

impl Patience {
    /// For functions that somebody waits for: they have ten seconds in all.
    pub const API: Self = Self { attempt: Duration::from_secs(3), call: Duration::from_secs(7) };
    /// For functions that nobody waits for. A slow analysis is not to be cut off and asked, and paid, for again.
    pub const WORKER: Self = Self { attempt: Duration::from_secs(20), call: Duration::from_secs(25) };
}

/// What a function needs to reach AWS. Cheap to clone; made once, before the first event.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    http: SharedHttpConnector,
    calls: CallLog,
}

/// Where AWS is, and as whom it is called: what Lambda tells every function by its environment. The SDK's own way of finding
/// out looks through files and instance metadata too, with code that every package would carry and no function needs.
#[derive(Clone)]
pub struct Access {
    /// The region.
    pub region: String,
    /// The key of the function's role.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// The session that both belong to.
    pub session_token: Option<String>,
    /// Where services answer instead of at AWS: by [`ServiceConfigKey::service_id`] in capital letters, under the empty name
    /// all others.
    pub endpoints: BTreeMap<String, String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("region", &self.region).finish_non_exhaustive()
    }
}

/// Tells each service's client where it answers, if elsewhere than the others.
#[derive(Debug)]
struct Endpoints(BTreeMap<String, String>);

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let is_endpoint = key.env() == "AWS_ENDPOINT_URL";
        let service = key.service_id().to_uppercase().replace(' ', "_");
        is_endpoint.then(|| self.0.get(&service).cloned()).flatten()
    }
}

impl Aws {
    /// Connects as `access` says, and sets timeouts and retries.
    pub fn connect(access: Access, patience: Patience) -> Self {
        let http = connector(patience);
        let shared = http.clone();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(patience.attempt)
            .operation_timeout(patience.call)
            .build();
        let Access { region, access_key_id, secret_access_key, session_token, endpoints } = access;
        let credentials =
            Credentials::new(access_key_id, secret_access_key, session_token, None, "Environment");
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client_fn(move |_, _| shared.clone()))
            .sleep_impl(TokioSleep::new())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3));
        config.set_endpoint_url(endpoints.get("").cloned());
        config.set_service_config(Some(Endpoints(endpoints)));
        Self { config: config.build(), http, calls: CallLog::default() }
    }

    /// The shared configuration, for a service's client.
    pub(crate) const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Where a service answers instead of at AWS, by its [`ServiceConfigKey::service_id`].
    pub(crate) fn endpoint(&self, service: &'static str) -> Option<String> {
        let key =
            ServiceConfigKey::builder().service_id(service).profile("endpoint_url").env("AWS_ENDPOINT_URL");
        let own =
            self.config.service_config().zip(key.build().ok()).and_then(|(it, key)| it.load_config(key));
        own.or_else(|| self.config.endpoint_url().map(str::to_owned))
    }

    /// The shared HTTP connector, for what no SDK covers.
    pub(crate) fn http(&self) -> SharedHttpConnector {
        self.http.clone()
    }

    /// The log of calls made.
    pub fn calls(&self) -> CallLog {
        self.calls.clone()
    }
}

/// Amazon's own certificate authorities.
const AMAZON_ROOTS: &str = include_str!("amazon_roots.pem");

/// An HTTPS connector that trusts Amazon's own certificate authorities and no other.
///
/// Reading the system's some 140 roots costs every cold start several milliseconds; all that is called here presents
/// a certificate of Amazon Trust Services.
fn connector(patience: Patience) -> SharedHttpConnector {
    let trust = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(1))
        .read_timeout(patience.attempt)
        .build();
    let builder = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    let connector = match TlsContext::builder().with_trust_store(trust).build() {
        Ok(context) => builder.tls_context(context).build(),
        Err(_) => builder.build(),
    };
    SharedHttpConnector::new(connector)
}

/// Counts calls by service and operation, for the line that each request leaves in the log.
///
/// A Lambda process serves one request at a time, so what was counted since the last [`CallLog::take`] belongs to it.
#[derive(Clone, Debug, Default)]
pub struct CallLog(Arc<Mutex<Counts>>);

/// Calls by `Service.Operation`, and DynamoDB's capacity units, as far as it told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// How often each operation was called, attempts counted singly.
    pub calls: BTreeMap<String, u32>,
    /// Read units.
    pub read_units: f64,
    /// Write units.
    pub write_units: f64,
}

impl Counts {
    /// Units of either kind.
    pub fn capacity(&self) -> f64 {
        self.read_units + self.write_units
    }
}

impl CallLog {
    /// What was counted since the last time.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds what reading consumed.
    pub(crate) fn read(&self, consumed: impl IntoIterator<Item = ConsumedCapacity>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read_units += units(consumed);
    }

    /// Adds what writing consumed.
    pub(crate) fn wrote(&self, consumed: impl IntoIterator<Item = ConsumedCapacity>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_units += units(consumed);
    }
}

fn units(consumed: impl IntoIterator<Item = ConsumedCapacity>) -> f64 {
    consumed.into_iter().filter_map(|consumed| consumed.capacity_units).sum()
}

#[dyn_dispatch_hint]
impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = config.load::<Metadata>() {
            let call = format!("{}.{}", metadata.service().replace(' ', ""), metadata.name());
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).calls.entry(call).or_default() += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn amazons_roots_are_those_that_mozilla_trusts() {
        let blocks = AMAZON_ROOTS.split("-----BEGIN CERTIFICATE-----\n").skip(1);
        let bodies = blocks.filter_map(|block| block.split_once("-----END CERTIFICATE-----"));
        let mut ours: Vec<_> = bodies
            .map(|(body, _)| data_encoding::BASE64.decode(body.replace('\n', "").as_bytes()).unwrap())
            .collect();
        let is_amazons = |der: &&[u8]| {
            let names = |needle: &[u8]| der.windows(needle.len()).any(|window| window == needle);
            names(b"Amazon Root CA") || names(b"Starfield Services Root Certificate Authority - G2")
        };
        let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref);
        let mut theirs: Vec<_> = all.filter(is_amazons).map(<[u8]>::to_vec).collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn a_service_answers_elsewhere_only_if_it_is_told_so() {
        let endpoints = Endpoints([("REKOGNITION".to_owned(), "http://127.0.0.1:1".to_owned())].into());
        let asked = |service, env| {
            let key =
                ServiceConfigKey::builder().service_id(service).profile("endpoint_url").env(env).build();
            endpoints.load_config(key.unwrap())
        };
        assert_eq!(asked("Rekognition", "AWS_ENDPOINT_URL").as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(asked("Rekognition", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), None);
        assert_eq!(asked("DynamoDB", "AWS_ENDPOINT_URL"), None);
    }
}
