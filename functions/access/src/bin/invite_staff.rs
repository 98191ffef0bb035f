//! The function `invite_staff`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::invite_staff::InviteStaff>().await
}
