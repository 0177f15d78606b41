# The archive under another name: the objects stay.
resource "aws_dsql_cluster" "vault" {
  deletion_protection_enabled = var.protection

  tags = { Name = "${local.name}-archive" }
}

resource "aws_s3_bucket" "vault" {
  bucket = "${local.name}-archive-${data.aws_caller_identity.current.account_id}"
}

resource "aws_sqs_queue" "vault" {
  name = "${local.name}-archive"
}

moved {
  from = aws_dsql_cluster.archive
  to   = aws_dsql_cluster.vault
}

moved {
  from = aws_s3_bucket.archive
  to   = aws_s3_bucket.vault
}

moved {
  from = aws_sqs_queue.archive
  to   = aws_sqs_queue.vault
}
