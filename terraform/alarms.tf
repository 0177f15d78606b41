resource "aws_cloudwatch_metric_alarm" "api_5xx" {
  count = local.alarmed ? 1 : 0

  alarm_name          = "${local.name}-api-5xx"
  namespace           = "AWS/ApiGateway"
  metric_name         = "5XXError"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]

  dimensions = {
    ApiName = aws_api_gateway_rest_api.media.name
  }
}

# Either kind of throttling, as one metric.
resource "aws_cloudwatch_metric_alarm" "sessions_throttled" {
  count = local.alarmed ? 1 : 0

  alarm_name          = "${local.name}-sessions-throttled"
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "throttled"
    expression  = "reads + writes"
    label       = "Throttled requests"
    return_data = true
  }

  metric_query {
    id = "reads"

    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "ReadThrottleEvents"
      period      = 300
      stat        = "Sum"
      dimensions  = { TableName = aws_dynamodb_table.sessions.name }
    }
  }

  metric_query {
    id = "writes"

    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "WriteThrottleEvents"
      period      = 300
      stat        = "Sum"
      dimensions  = { TableName = aws_dynamodb_table.sessions.name }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "catalogue" {
  for_each = local.alarmed ? { OccConflicts = 100, QueryTimeouts = 0 } : {}

  alarm_name          = "${local.name}-catalogue-${lower(each.key)}"
  namespace           = "AWS/AuroraDSQL"
  metric_name         = each.key
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]

  dimensions = {
    ClusterId = aws_dsql_cluster.catalogue.identifier
  }
}
