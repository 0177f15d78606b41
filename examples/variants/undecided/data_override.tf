resource "aws_dsql_cluster" "catalogue" {
  deletion_protection_enabled = terraform_data.decision.output != ""
}

resource "aws_s3_bucket" "media" {
  force_destroy = terraform_data.decision.output == ""
}
