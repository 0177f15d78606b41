locals {
  name      = "${var.prefix}-media"
  artifacts = "media-artifacts-${data.aws_caller_identity.current.account_id}"

  alarmed         = var.alarms != "none"
  function_alarms = local.alarmed ? ["Errors", "Throttles"] : []
}

data "aws_caller_identity" "current" {}

# Who is told.
resource "aws_sns_topic" "alerts" {
  name = "${local.name}-alerts"
}

resource "aws_sns_topic_subscription" "alerts" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = "oncall@example.com"
}
