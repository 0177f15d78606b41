resource "aws_dynamodb_table" "sessions" {
  range_key = "device"

  attribute {
    name = "session"
    type = "S"
  }

  attribute {
    name = "device"
    type = "S"
  }
}
