output "api_url" {
  value = aws_api_gateway_stage.media.invoke_url
}

output "media_domain" {
  value = aws_cloudfront_distribution.media.domain_name
}

output "release" {
  value = var.release
}

output "signing_key_version" {
  value     = aws_secretsmanager_secret_version.signing.version_id
  sensitive = true
}

check "logs_are_kept_for_a_while" {
  assert {
    condition     = var.log_retention_days >= (var.protection ? 7 : 3)
    error_message = "Logs are kept for ${var.log_retention_days} days: an incident of last week cannot be looked into."
  }
}
