resource "aws_kms_key" "orders" {
  description             = "Orders at rest"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}
