# Once a night: forget uploads that nobody finished.
module "janitor" {
  source = "./modules/function"

  name               = "${local.name}-janitor"
  handler            = "janitor.handler"
  timeout            = 300
  artifacts          = local.artifacts
  release            = var.release
  log_level          = var.log_level
  log_retention_days = var.log_retention_days
  protection         = var.protection
  alarms             = local.function_alarms
  alarm_topic        = aws_sns_topic.alerts.arn

  permissions = {
    "s3:ListBucketMultipartUploads" = aws_s3_bucket.media.arn
    "s3:AbortMultipartUpload"       = "${aws_s3_bucket.media.arn}/*"
  }
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "${local.name}-nightly"
  schedule_expression = "cron(15 3 * * ? *)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule = aws_cloudwatch_event_rule.nightly.name
  arn  = module.janitor.arn
}

resource "aws_lambda_permission" "nightly" {
  statement_id  = "AllowEventBridge"
  action        = "lambda:InvokeFunction"
  function_name = module.janitor.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.nightly.arn
}
