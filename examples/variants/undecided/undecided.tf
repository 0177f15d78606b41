# What is decided only while the plan is applied.
resource "terraform_data" "decision" {
  input = var.release
}
