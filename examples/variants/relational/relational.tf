# A database that costs something by the hour.
resource "aws_vpc" "data" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "data" {
  for_each = { a = "10.20.1.0/24", b = "10.20.2.0/24" }

  vpc_id            = aws_vpc.data.id
  cidr_block        = each.value
  availability_zone = "${var.region}${each.key}"
}

resource "aws_db_subnet_group" "reports" {
  name       = "${local.name}-reports"
  subnet_ids = [for subnet in aws_subnet.data : subnet.id]
}

resource "aws_security_group" "reports" {
  name        = "${local.name}-reports"
  description = "Who may read reports"
  vpc_id      = aws_vpc.data.id

  ingress {
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.data.cidr_block]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "reports" {
  identifier                = "${local.name}-reports"
  engine                    = "postgres"
  engine_version            = "17.4"
  instance_class            = "db.t4g.micro"
  allocated_storage         = 20
  storage_type              = "gp3"
  storage_encrypted         = true
  db_name                   = "reports"
  username                  = "reports"
  password                  = var.signing_key
  db_subnet_group_name      = aws_db_subnet_group.reports.name
  vpc_security_group_ids    = [aws_security_group.reports.id]
  deletion_protection       = var.protection
  skip_final_snapshot       = !var.protection
  final_snapshot_identifier = var.protection ? "${local.name}-reports-last" : null
}
