module "api" {
  source = "./modules/function"

  name               = "${local.name}-api"
  handler            = "api.handler"
  timeout            = 10
  artifacts          = local.artifacts
  release            = var.release
  log_level          = var.log_level
  log_retention_days = var.log_retention_days
  protection         = var.protection
  alarms             = local.function_alarms
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

# Every request goes to the function, and needs a client's key. Keys are issued by hand, so
# that none of them is in the state.
resource "aws_api_gateway_rest_api" "media" {
  name           = local.name
  api_key_source = "HEADER"

  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = local.name, version = "1" }
    paths = {
      "/{proxy+}" = {
        x-amazon-apigateway-any-method = {
          parameters = [{ name = "proxy", in = "path", required = true, schema = { type = "string" } }]
          security   = [{ key = [] }]
          responses  = {}
          x-amazon-apigateway-integration = {
            type       = "aws_proxy"
            httpMethod = "POST"
            uri        = module.api.invoke_arn
          }
        }
      }
    }
    components = {
      securitySchemes = { key = { type = "apiKey", name = "x-api-key", in = "header" } }
    }
  })

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_deployment" "media" {
  rest_api_id = aws_api_gateway_rest_api.media.id
  triggers    = { body = sha1(aws_api_gateway_rest_api.media.body) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "media" {
  rest_api_id   = aws_api_gateway_rest_api.media.id
  deployment_id = aws_api_gateway_deployment.media.id
  stage_name    = "v1"
}

# What one client may ask for, and with that the most that it can cost.
resource "aws_api_gateway_usage_plan" "clients" {
  name = "${local.name}-clients"

  api_stages {
    api_id = aws_api_gateway_rest_api.media.id
    stage  = aws_api_gateway_stage.media.stage_name
  }

  quota_settings {
    limit  = var.quotas.daily
    period = "DAY"
  }

  throttle_settings {
    rate_limit  = var.quotas.rate
    burst_limit = var.quotas.burst
  }
}

resource "aws_lambda_permission" "api" {
  statement_id  = "AllowApiGateway"
  action        = "lambda:InvokeFunction"
  function_name = module.api.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.media.execution_arn}/*/*"
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
