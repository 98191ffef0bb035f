//! The function `revoke_operator_sessions`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::revoke_operator_sessions::RevokeOperatorSessions>().await
}
