variable "name" { type = string }
variable "visibility_timeout" { type = number }

variable "alarms" {
  description = "none, critical or all."
  type        = string
}

variable "alarm_topic" {
  type     = string
  nullable = true
}

resource "aws_sqs_queue" "this" {
  name                       = var.name
  visibility_timeout_seconds = var.visibility_timeout
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead" {
  name                      = "${var.name}-dead"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_cloudwatch_metric_alarm" "age" {
  count = var.alarms == "none" ? 0 : 1

  alarm_name          = "${var.name}-age"
  alarm_description   = "Work waits for longer than a quarter of an hour."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 900
  alarm_actions       = [var.alarm_topic]
  dimensions          = { QueueName = aws_sqs_queue.this.name }
}

# Work that piles up is no failure yet.
resource "aws_cloudwatch_metric_alarm" "depth" {
  count = var.alarms == "all" ? 1 : 0

  alarm_name          = "${var.name}-depth"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1000
  alarm_actions       = [var.alarm_topic]
  dimensions          = { QueueName = aws_sqs_queue.this.name }
}

resource "aws_cloudwatch_metric_alarm" "dead" {
  count = var.alarms == "none" ? 0 : 1

  alarm_name          = "${var.name}-dead"
  alarm_description   = "Something could not be done at all."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  alarm_actions       = [var.alarm_topic]
  dimensions          = { QueueName = aws_sqs_queue.dead.name }
}

output "arn" { value = aws_sqs_queue.this.arn }
output "url" { value = aws_sqs_queue.this.url }
