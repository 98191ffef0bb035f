//! The function `record_vendor`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_clinics::record_vendor::RecordVendor>().await
}
