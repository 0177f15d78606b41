module "queue" {
  source   = "./modules/queue"
  for_each = var.queues

  name               = "${local.name}-${each.key}"
  visibility_timeout = 6 * each.value
  alarm_topic        = local.alarmed ? aws_sns_topic.alerts.arn : null
  alarms             = var.alarms
}

module "worker" {
  source   = "./modules/function"
  for_each = var.queues

  name               = "${local.name}-${each.key}"
  handler            = "${each.key}.handler"
  timeout            = each.value
  memory             = 512
  artifacts          = local.artifacts
  release            = var.release
  log_level          = var.log_level
  log_retention_days = var.log_retention_days
  protection         = var.protection
  alarms             = local.function_alarms
  alarm_topic        = aws_sns_topic.alerts.arn

  permissions = {
    "sqs:ReceiveMessage"     = module.queue[each.key].arn
    "sqs:DeleteMessage"      = module.queue[each.key].arn
    "sqs:GetQueueAttributes" = module.queue[each.key].arn
    "s3:GetObject"           = "${aws_s3_bucket.media.arn}/*"
    "s3:PutObject"           = "${aws_s3_bucket.media.arn}/*"
  }
}

resource "aws_lambda_event_source_mapping" "worker" {
  for_each = var.queues

  event_source_arn        = module.queue[each.key].arn
  function_name           = module.worker[each.key].arn
  batch_size              = 5
  function_response_types = ["ReportBatchItemFailures"]
}
