//! The function `change_staff_status`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::change_staff_status::ChangeStaffStatus>().await
}
