// What the helper for Go reads of values and documents, told in findings.
package main

import (
	"fmt"
	"strings"
)

var rule = Rule{ID: "value", Title: "A value", Description: "What is read.", Severity: "low", Remediation: "None."}

func main() {
	Policy[struct{}]{
		Name:        "values",
		Version:     "1.0.0",
		Description: "Tells what it reads.",
		Rules:       []Rule{rule},
		Interests:   []Interest{{ResourceTypes: []string{"aws_x"}, Attributes: []string{"value"}}},
		Documents:   []string{"book"},
		Evaluate:    evaluate,
	}.Run()
}

func told(value any, state State) string {
	switch state {
	case Unset:
		return "-"
	case Undetermined:
		return "?"
	}
	return fmt.Sprint(value)
}

func evaluate(request Request[struct{}]) (findings []Finding) {
	book, _ := request.Document("book").Object()
	price := told(book["price"].Decimal())
	for _, change := range request.Changes {
		value := change.After("value")
		items, isList := value.List()
		var list, entries []string
		for _, item := range items {
			list = append(list, told(item.Text()))
		}
		object, isMap := value.Object()
		for _, key := range Keys(object) {
			entries = append(entries, key+"="+told(object[key].Text()))
		}
		findings = append(findings, rule.Violation(change, fmt.Sprintf(
			"text %s; boolean %s; integer %s; decimal %s; list %s; map %s; price %s",
			told(value.Text()), told(value.Bool()), told(value.Int()), told(value.Decimal()),
			told("["+strings.Join(list, "|")+"]", isList), told("["+strings.Join(entries, "|")+"]", isMap), price,
		), "value"))
	}
	request.Answer("echo", map[string]string{"price": price, "odd": told(book["$odd"].Text())})
	return findings
}
