//! The function `update_staff`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::update_staff::UpdateStaff>().await
}
