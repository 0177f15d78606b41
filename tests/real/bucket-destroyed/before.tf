resource "aws_s3_bucket" "uploads" {
  bucket        = "orders-uploads"
  force_destroy = true
}
