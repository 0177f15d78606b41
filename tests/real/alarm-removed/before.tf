resource "aws_sns_topic" "on_call" {
  name = "on-call"
}

resource "aws_dynamodb_table" "sessions" {
  name                        = "sessions"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "session"
  deletion_protection_enabled = true

  attribute {
    name = "session"
    type = "S"
  }
}

resource "aws_cloudwatch_metric_alarm" "sessions_writes" {
  alarm_name          = "sessions-writes"
  namespace           = "AWS/DynamoDB"
  metric_name         = "WriteThrottleEvents"
  dimensions          = { TableName = aws_dynamodb_table.sessions.name }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 5
  alarm_actions       = [aws_sns_topic.on_call.arn]
}
