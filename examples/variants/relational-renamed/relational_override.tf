# Both need a new object: the database loses its data, the group is made anew first.
resource "aws_db_instance" "reports" {
  db_name = "reporting"
}

resource "aws_security_group" "reports" {
  name = "media-reporting"
}
