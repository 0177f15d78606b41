module "api" {
  source = "./modules/function"

  name               = "${local.name}-api"
  handler            = "api.handler"
  timeout            = 10
  artifacts          = local.artifacts
  release            = var.release
  log_retention_days = var.log_retention_days
  protection         = var.protection
  alarms             = var.alarms ? ["Errors", "Throttles"] : []
  alarm_topic        = aws_sns_topic.alerts.arn

  variables = {
    CLUSTER  = aws_dsql_cluster.catalogue.identifier
    SESSIONS = aws_dynamodb_table.sessions.name
  }

  permissions = {
    "dsql:DbConnect"                = aws_dsql_cluster.catalogue.arn
    "dynamodb:GetItem"              = aws_dynamodb_table.sessions.arn
    "dynamodb:PutItem"              = aws_dynamodb_table.sessions.arn
    "secretsmanager:GetSecretValue" = aws_secretsmanager_secret.signing.arn
  }
}

resource "aws_apigatewayv2_api" "media" {
  name          = local.name
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "api" {
  api_id                 = aws_apigatewayv2_api.media.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.api.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "default" {
  api_id    = aws_apigatewayv2_api.media.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.api.id}"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.media.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_burst_limit = 50
    throttling_rate_limit  = 20
  }
}

resource "aws_lambda_permission" "api" {
  statement_id  = "AllowApiGateway"
  action        = "lambda:InvokeFunction"
  function_name = module.api.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.media.execution_arn}/*/*"
}

# The private bucket, seen from outside.
resource "aws_cloudfront_origin_access_control" "media" {
  name                              = local.name
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "media" {
  enabled     = true
  comment     = local.name
  price_class = "PriceClass_100"

  origin {
    domain_name              = aws_s3_bucket.media.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.media.id
    origin_id                = "media"
  }

  default_cache_behavior {
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    target_origin_id       = "media"
    viewer_protocol_policy = "redirect-to-https"
    compress               = true
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

resource "aws_s3_bucket_policy" "media" {
  bucket = aws_s3_bucket.media.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.media.arn}/*"
      Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.media.arn } }
    }]
  })
}
