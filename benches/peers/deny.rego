# A DynamoDB table in the plan must have deletion protection.
package main

import rego.v1

deny contains message if {
	some change in input.resource_changes
	change.type == "aws_dynamodb_table"
	change.change.after
	not change.change.after.deletion_protection_enabled
	message := sprintf("%s has no deletion protection", [change.address])
}
