# What a later variant takes away, forgets or moves.
resource "aws_dsql_cluster" "archive" {
  deletion_protection_enabled = var.protection

  tags = { Name = "${local.name}-archive" }
}

resource "aws_s3_bucket" "archive" {
  bucket = "${local.name}-archive-${data.aws_caller_identity.current.account_id}"
}

resource "aws_sqs_queue" "archive" {
  name = "${local.name}-archive"
}
