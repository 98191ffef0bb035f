//! The function `list_vendors`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_clinics::list_vendors::ListVendors>().await
}
