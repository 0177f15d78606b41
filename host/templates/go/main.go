// The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
//
// Tollgate runs the program once for each question, as `tollgate.go` says.
package main

import "fmt"

type settings struct {
	Tag string `json:"tag"`
}

var ownerMissing = Rule{
	ID:          "owner-missing",
	Title:       "Resource without an owner",
	Description: "Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.",
	Severity:    "medium",
	Remediation: "Add the tag to the resource, or to the provider's default_tags.",
	Example:     "An `aws_s3_bucket` without the tag `owner`.",
}

// What the policy is, and all that it wants to see of a plan.
var policy = Policy[settings]{
	Name:        "POLICY_NAME",
	Version:     "1.0.0",
	Description: "Every bucket, queue and table says who owns it.",
	Rules:       []Rule{ownerMissing},
	SettingsSchema: `{
		"type": "object",
		"properties": {
			"tag": {"type": "string", "minLength": 1, "default": "owner", "description": "The name of the tag."}
		},
		"additionalProperties": false
	}`,
	Interests: []Interest{{
		ResourceTypes: []string{"aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"},
		Actions:       []string{"no-op", "create", "update", "replace"},
		Attributes:    []string{"tags_all"},
	}},
	Chunkable: true,
	Evaluate:  evaluate,
}

func main() {
	policy.Run()
}

func evaluate(request Request[settings]) (findings []Finding) {
	tag := request.Settings.Tag
	if tag == "" {
		tag = "owner"
	}
	missing := fmt.Sprintf("the tag `%s` is missing or empty", tag)
	for _, change := range request.Changes {
		// What cannot be seen is never taken for fine.
		tags, state := change.After("tags_all").Object()
		if state == Undetermined {
			findings = append(findings, ownerMissing.Undetermined(change, "its tags cannot be seen before apply", "tags_all"))
			continue
		}
		owner, state := tags[tag].Text()
		switch {
		case state == Undetermined:
			findings = append(findings, ownerMissing.Undetermined(change, "its owner cannot be seen before apply", "tags_all"))
		case IsBlank(owner):
			findings = append(findings, ownerMissing.Violation(change, missing, "tags_all"))
		}
	}
	return findings
}
