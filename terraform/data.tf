resource "aws_kms_key" "media" {
  description             = "Media at rest"
  deletion_window_in_days = var.protection ? 30 : 7
  enable_key_rotation     = true
}

resource "aws_kms_alias" "media" {
  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.media.key_id
}

resource "aws_s3_bucket" "media" {
  bucket        = "${local.name}-${data.aws_caller_identity.current.account_id}"
  force_destroy = !var.protection
}

resource "aws_s3_bucket_versioning" "media" {
  bucket = aws_s3_bucket.media.id

  versioning_configuration {
    status = var.protection ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_public_access_block" "media" {
  bucket                  = aws_s3_bucket.media.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_dsql_cluster" "catalogue" {
  deletion_protection_enabled = var.protection

  tags = {
    Name = "${local.name}-catalogue"
  }
}

resource "aws_dynamodb_table" "sessions" {
  name                        = "${local.name}-sessions"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "session"
  deletion_protection_enabled = var.protection

  attribute {
    name = "session"
    type = "S"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.protection
  }
}

resource "aws_secretsmanager_secret" "signing" {
  name                    = "${local.name}/signing-key"
  kms_key_id              = aws_kms_key.media.arn
  recovery_window_in_days = var.protection ? 30 : 7
}

resource "aws_secretsmanager_secret_version" "signing" {
  secret_id     = aws_secretsmanager_secret.signing.id
  secret_string = var.signing_key
}
