resource "aws_cloudwatch_log_group" "orders" {
  name              = "/service/orders"
  retention_in_days = 1
}
