//! The function `admit_device`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_intake::admit_device::AdmitDevice>().await
}
