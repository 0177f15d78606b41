# What three of the built-in policies look at, as a team would write it in Rego: protection and deletes of
# what holds data, an alarm for every function and queue, and a cap on list prices.
package main

import rego.v1

switches := {
	"aws_db_instance": "deletion_protection",
	"aws_dsql_cluster": "deletion_protection_enabled",
	"aws_dynamodb_table": "deletion_protection_enabled",
	"aws_lb": "enable_deletion_protection",
	"aws_rds_cluster": "deletion_protection",
}

holds_data := {"aws_db_instance", "aws_dsql_cluster", "aws_dynamodb_table", "aws_kms_key", "aws_rds_cluster", "aws_s3_bucket", "aws_sqs_queue"}

monthly := {
	"aws_cloudfront_distribution": 2, "aws_cloudwatch_metric_alarm": 0.1, "aws_dsql_cluster": 2,
	"aws_dynamodb_table": 1.2, "aws_kms_key": 1, "aws_lambda_function": 0.4, "aws_s3_bucket": 0.5,
	"aws_secretsmanager_secret": 0.4, "aws_sqs_queue": 0.4,
}

cap := 5000

deny contains message if {
	some resource in input.resource_changes
	attribute := switches[resource.type]
	resource.change.after
	not resource.change.after[attribute]
	message := sprintf("%s can be deleted by accident", [resource.address])
}

deny contains message if {
	some resource in input.resource_changes
	holds_data[resource.type]
	"delete" in resource.change.actions
	message := sprintf("%s is deleted with what it holds", [resource.address])
}

alarmed contains name if {
	some resource in input.resource_changes
	resource.type == "aws_cloudwatch_metric_alarm"
	some name in resource.change.after.dimensions
}

deny contains message if {
	some resource in input.resource_changes
	resource.type == "aws_lambda_function"
	not alarmed[resource.change.after.function_name]
	message := sprintf("%s has no alarm", [resource.address])
}

deny contains message if {
	some resource in input.resource_changes
	resource.type == "aws_sqs_queue"
	not alarmed[resource.change.after.name]
	message := sprintf("%s has no alarm", [resource.address])
}

deny contains message if {
	total := sum([price |
		some resource in input.resource_changes
		resource.change.after
		price := monthly[resource.type]
	])
	total > cap
	message := sprintf("%v dollars a month are more than %v", [total, cap])
}
