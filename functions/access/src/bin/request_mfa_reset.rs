//! The function `request_mfa_reset`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::request_mfa_reset::RequestMfaReset>().await
}
