resource "aws_ebs_volume" "data" {
  availability_zone = "us-east-1a"
  type              = "gp3"
  encrypted         = true
  final_snapshot    = true
  size              = 50
}
