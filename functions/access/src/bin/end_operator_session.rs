//! The function `end_operator_session`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::end_operator_session::EndOperatorSession>().await
}
