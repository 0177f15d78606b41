resource "aws_db_instance" "reports" {
  instance_class      = "db.t4g.${terraform_data.decision.output == "" ? "small" : "micro"}"
  deletion_protection = terraform_data.decision.output != ""
}
