resource "aws_secretsmanager_secret" "token" {
  name                    = "orders/token"
  recovery_window_in_days = 30
}
