variable "name" { type = string }
variable "handler" { type = string }
variable "artifacts" { type = string }
variable "release" { type = string }
variable "timeout" { type = number }
variable "log_level" { type = string }
variable "log_retention_days" { type = number }
variable "protection" { type = bool }
variable "alarm_topic" { type = string }

variable "memory" {
  type    = number
  default = 256
}

variable "variables" {
  type    = map(string)
  default = {}
}

variable "permissions" {
  description = "What the function may do: action to resource."
  type        = map(string)
}

variable "alarms" {
  description = "Metrics of the function that raise an alarm above zero."
  type        = set(string)
}

resource "aws_cloudwatch_log_group" "this" {
  name                        = "/aws/lambda/${var.name}"
  retention_in_days           = var.log_retention_days
  deletion_protection_enabled = var.protection
}

resource "aws_iam_role" "this" {
  name = var.name
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "run"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Effect = "Allow", Action = "logs:PutLogEvents", Resource = "${aws_cloudwatch_log_group.this.arn}:*" }],
      [for action, resource in var.permissions : { Effect = "Allow", Action = action, Resource = resource }],
    )
  })
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  role          = aws_iam_role.this.arn
  handler       = var.handler
  runtime       = "nodejs22.x"
  architectures = ["arm64"]
  memory_size   = var.memory
  timeout       = var.timeout
  s3_bucket     = var.artifacts
  s3_key        = "${var.release}/functions.zip"

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = var.log_level
  }

  dynamic "environment" {
    for_each = length(var.variables) > 0 ? [var.variables] : []
    content {
      variables = environment.value
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms

  alarm_name          = "${var.name}-${lower(each.key)}"
  namespace           = "AWS/Lambda"
  metric_name         = each.key
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic]

  dimensions = {
    FunctionName = aws_lambda_function.this.function_name
  }
}

output "arn" { value = aws_lambda_function.this.arn }
output "name" { value = aws_lambda_function.this.function_name }
output "invoke_arn" { value = aws_lambda_function.this.invoke_arn }
