# Read only after the topic is there.
data "aws_region" "late" {
  depends_on = [aws_sns_topic.alerts]
}

output "region_read_late" {
  value = data.aws_region.late.region
}
