# Made by hand long ago; one as it should be, one not yet.
import {
  to = aws_sqs_queue.legacy
  id = "https://sqs.us-east-1.amazonaws.com/123456789012/media-legacy"
}

import {
  to = aws_dynamodb_table.legacy
  id = "media-legacy"
}

resource "aws_sqs_queue" "legacy" {
  name                    = "media-legacy"
  sqs_managed_sse_enabled = true
}

resource "aws_dynamodb_table" "legacy" {
  name                        = "media-legacy"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = var.protection

  attribute {
    name = "id"
    type = "S"
  }
}
