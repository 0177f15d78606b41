// The policy `POLICY_NAME`: every bucket, queue and table says who owns it.
//
// Tollgate runs the program once for each question. The question is JSON on standard
// input, the answer JSON on standard output; `tollgate schema policy-request` and
// `tollgate schema policy-response` describe both.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// The part of the request that this policy reads.
type message struct {
	Call    string `json:"call"`
	Request struct {
		Settings struct {
			Tag string `json:"tag"`
		} `json:"settings"`
		Changes []change `json:"changes"`
	} `json:"request"`
}

type change struct {
	Address    string  `json:"address"`
	Deposed    *string `json:"deposed"`
	Attributes []struct {
		After value `json:"after"`
	} `json:"attributes"`
}

// A value says what it is, so that a text can never pass for something unknown.
type value struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

type finding struct {
	Rule       string   `json:"rule"`
	Outcome    string   `json:"outcome"`
	Address    string   `json:"address"`
	Deposed    *string  `json:"deposed,omitempty"`
	Attributes []string `json:"attributes"`
	Message    string   `json:"message"`
}

// What the policy is, and all that it wants to see of a plan.
const metadata = `{"metadata": {
	"name": "POLICY_NAME",
	"version": "1.0.0",
	"description": "Every bucket, queue and table says who owns it.",
	"rules": [{
		"id": "owner-missing",
		"title": "Resource without an owner",
		"description": "Whoever is woken at night has to know whom to ask. A tag says so where everybody looks.",
		"severity": "medium",
		"remediation": "Add the tag to the resource, or to the provider's default_tags."
	}],
	"settings-schema": {
		"type": "object",
		"properties": {
			"tag": {"type": "string", "minLength": 1, "default": "owner", "description": "The name of the tag."}
		},
		"additionalProperties": false
	},
	"interests": [{
		"resource-types": ["aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"],
		"actions": ["no-op", "create", "update", "replace"],
		"attributes": ["tags_all"]
	}],
	"chunkable": true
}}`

func main() {
	var asked message
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	switch asked.Call {
	case "describe":
		fmt.Println(metadata)
	case "evaluate":
		findings, err := evaluate(asked.Request.Settings.Tag, asked.Request.Changes)
		if err != nil {
			fail(err)
		}
		answer := map[string]any{"evaluation": map[string]any{"findings": findings}}
		if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
			fail(err)
		}
	default:
		fail(fmt.Errorf("unknown call %q", asked.Call))
	}
}

// fail ends the program so that the plan is refused.
func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func evaluate(tag string, changes []change) ([]finding, error) {
	if tag == "" {
		tag = "owner"
	}
	findings := []finding{}
	for _, change := range changes {
		for _, attribute := range change.Attributes {
			outcome, message, err := judge(tag, attribute.After)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", change.Address, err)
			}
			if outcome == "" {
				continue
			}
			findings = append(findings, finding{
				Rule:       "owner-missing",
				Outcome:    outcome,
				Address:    change.Address,
				Deposed:    change.Deposed,
				Attributes: []string{"tags_all"},
				Message:    message,
			})
		}
	}
	return findings, nil
}

// judge says what is wrong with the tags of one resource; nothing if they are fine.
func judge(tag string, tags value) (outcome, message string, err error) {
	violation := fmt.Sprintf("the tag `%s` is missing or empty", tag)
	switch tags.Type {
	case "absent", "null":
		return "violation", violation, nil
	case "unknown", "sensitive":
		return "undetermined", "its tags cannot be seen before apply", nil
	case "json":
	default:
		return "", "", fmt.Errorf("tags are %s, not an object", tags.Type)
	}
	var object map[string]any
	if err := json.Unmarshal(tags.Value, &object); err != nil {
		return "", "", err
	}
	// Inside JSON, keys that start with `$` carry one more of it.
	if strings.HasPrefix(tag, "$") {
		tag = "$" + tag
	}
	switch owner := object[tag].(type) {
	case string:
		if strings.TrimSpace(owner) != "" {
			return "", "", nil
		}
	case map[string]any:
		// {"$unknown": true} or {"$sensitive": true}
		return "undetermined", "its owner cannot be seen before apply", nil
	}
	return "violation", violation, nil
}
