resource "aws_dynamodb_table" "sessions" {
  name                        = "sessions"
  billing_mode                = "PROVISIONED"
  read_capacity               = 5
  write_capacity              = 5
  hash_key                    = "session"
  deletion_protection_enabled = true

  attribute {
    name = "session"
    type = "S"
  }
}
