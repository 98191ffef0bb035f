//! The function `renew_invitation`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::renew_invitation::RenewInvitation>().await
}
