//! The function `start_operator_session`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::start_operator_session::StartOperatorSession>().await
}
