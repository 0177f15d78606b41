// Package tollgate is what every policy in Go needs: Tollgate's question as types, and a way to answer.
// There is nothing of a rule in here: change it only if you know why, and copy it from a newer release as
// it is.
package tollgate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

// Contract is the version of the contract that this package speaks.
const Contract = "1.0.0"

// A Policy is what Tollgate is told of a policy, and the function that judges. Settings is what the
// settings are decoded into.
type Policy[Settings any] struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Description string `json:"description"`
	Rules       []Rule `json:"rules"`
	// JSON Schema of the settings. Tollgate checks them before the policy is asked.
	SettingsSchema JSON       `json:"settings-schema,omitempty"`
	Interests      []Interest `json:"interests"`
	Outputs        bool       `json:"outputs,omitempty"`
	Drift          bool       `json:"drift,omitempty"`
	Documents      []string   `json:"documents,omitempty"`
	// Whether no finding depends on two changes together, so that a large plan may come in pieces.
	Chunkable  bool     `json:"chunkable,omitempty"`
	Together   []string `json:"together,omitempty"`
	KnownTypes []string `json:"known-types,omitempty"`

	Evaluate func(Request[Settings]) []Finding `json:"-"`
}

// JSON is text that is JSON already.
type JSON string

// MarshalJSON is the text as it is.
func (text JSON) MarshalJSON() ([]byte, error) {
	return []byte(text), nil
}

// A Rule is one that findings are of.
type Rule struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Severity    string   `json:"severity"`
	Remediation string   `json:"remediation"`
	Example     string   `json:"example,omitempty"`
	Links       []string `json:"links,omitempty"`
}

// An Interest says which changes a policy wants to see, and what of each.
type Interest struct {
	ResourceTypes []string `json:"resource-types"`
	Actions       []string `json:"actions,omitempty"`
	Attributes    []string `json:"attributes,omitempty"`
	References    bool     `json:"references,omitempty"`
}

// A Request is what a policy sees of one plan.
type Request[Settings any] struct {
	Environment struct {
		Name      string `json:"name"`
		Protected bool   `json:"protected"`
	} `json:"environment"`
	Settings Settings `json:"settings"`
	Changes  []Change `json:"changes"`
	Plan     struct {
		TerraformVersion *string  `json:"terraform-version"`
		Complete         *bool    `json:"complete"`
		TotalChanges     int      `json:"total-changes"`
		Drift            []Change `json:"drift"`
	} `json:"plan"`
	Outputs []struct {
		Name   string `json:"name"`
		Action string `json:"action"`
		Before Value  `json:"before"`
		After  Value  `json:"after"`
	} `json:"outputs"`
	Documents []Document `json:"documents"`

	answered *[]Document
}

// A Document is JSON that a policy reads besides the plan, or that it answers with.
type Document struct {
	Name string `json:"name"`
	// JSON as it was handed over, which Document of a Request reads; of an answer, whatever becomes JSON.
	Content any `json:"content"`
}

// UnmarshalJSON keeps the content as it is written, with every digit of its numbers.
func (document *Document) UnmarshalJSON(text []byte) error {
	var written struct {
		Name    string          `json:"name"`
		Content json.RawMessage `json:"content"`
	}
	err := json.Unmarshal(text, &written)
	*document = Document{written.Name, written.Content}
	return err
}

// Document is the content of a document that the policy reads, and unset if it was not handed over.
func (request Request[Settings]) Document(name string) Value {
	for _, document := range request.Documents {
		if raw, ok := document.Content.(json.RawMessage); ok && document.Name == name {
			return plain(raw)
		}
	}
	return Value{}
}

// Answer adds a document to the answer, which is shown in the report.
func (request Request[Settings]) Answer(name string, content any) {
	*request.answered = append(*request.answered, Document{name, content})
}

// A Change is what is planned for one resource instance.
type Change struct {
	Address         string   `json:"address"`
	Block           string   `json:"block"`
	PreviousAddress *string  `json:"previous-address"`
	ModuleAddress   *string  `json:"module-address"`
	Mode            string   `json:"mode"`
	Kind            string   `json:"kind"`
	Name            string   `json:"name"`
	Index           any      `json:"index"`
	Provider        string   `json:"provider"`
	Region          *string  `json:"region"`
	Deposed         *string  `json:"deposed"`
	Action          string   `json:"action"`
	Replacement     *string  `json:"replacement"`
	Reason          *string  `json:"reason"`
	Importing       bool     `json:"importing"`
	ReplacePaths    []string `json:"replace-paths"`
	Attributes      []struct {
		Path       string   `json:"path"`
		Before     Value    `json:"before"`
		After      Value    `json:"after"`
		References []string `json:"references"`
	} `json:"attributes"`
}

// After is an attribute after apply. The path is one that an interest declares.
func (change Change) After(path string) Value {
	return change.Attributes[change.declared(path)].After
}

// Before is an attribute as it is now.
func (change Change) Before(path string) Value {
	return change.Attributes[change.declared(path)].Before
}

// References is what the configuration of an attribute refers to.
func (change Change) References(path string) []string {
	return change.Attributes[change.declared(path)].References
}

// Judging without an attribute that nobody handed over would be a silent pass.
func (change Change) declared(path string) int {
	for index, attribute := range change.Attributes {
		if attribute.Path == path {
			return index
		}
	}
	fail(fmt.Errorf("%s is read, but no interest declares `%s`", change.Kind, path))
	return 0
}

// A State says whether there is a value.
type State int

const (
	// Undetermined is known only after apply, marked sensitive, or of another type than is read. It
	// never satisfies a rule.
	Undetermined State = iota
	// Unset is absent or null: the provider's default applies.
	Unset
	// Known is a value that stays as it is.
	Known
)

// A Value of a plan or a document. What is in it is read by Text, Bool, Int, Decimal, List and Object,
// and each says in which State it is.
type Value struct {
	kind  string
	value json.RawMessage
	// Whether objects are of a plan, where `$unknown` and `$sensitive` stand for values.
	marked bool
}

// Text is the value as a text. Numbers and booleans are texts as well, as they are in the configuration
// language.
func (value Value) Text() (string, State) {
	switch value.kind {
	case "text", "decimal":
		var text string
		return text, value.read(value.kind, &text)
	case "integer", "number", "boolean":
		return string(value.value), Known
	}
	return "", value.state()
}

// Bool is the value as a boolean; the texts `true` and `false` count.
func (value Value) Bool() (bool, State) {
	text, state := value.Text()
	if state == Known && text != "true" && text != "false" {
		return false, Undetermined
	}
	return text == "true", state
}

// Int is the value as a whole number; a text of digits counts.
func (value Value) Int() (int64, State) {
	text, state := value.Decimal()
	if state != Known {
		return 0, state
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, Undetermined
	}
	return number, Known
}

// Decimal is the value as the exact text of a number, such as 0.1 or 12345678901234567890.5, which no
// floating-point number is. A text that is a number counts.
func (value Value) Decimal() (string, State) {
	text, state := value.Text()
	if state == Known && !isNumber(text) {
		return "", Undetermined
	}
	return text, state
}

func isNumber(text string) bool {
	isDigit := func(at int) bool { return text[at] >= '0' && text[at] <= '9' }
	text = strings.TrimPrefix(text, "-")
	return text != "" && isDigit(0) && isDigit(len(text)-1) && json.Valid([]byte(text))
}

// List is the value as a list or set.
func (value Value) List() ([]Value, State) {
	var inside []json.RawMessage
	state := value.read("json", &inside)
	if state != Known || inside == nil {
		return nil, state
	}
	list := make([]Value, len(inside))
	for index, raw := range inside {
		list[index] = value.inside(raw)
	}
	return list, Known
}

// Object is the value as an object or map. What it lacks is unset. Keys says in which order to go
// through it.
func (value Value) Object() (map[string]Value, State) {
	var inside map[string]json.RawMessage
	state := value.read("json", &inside)
	if state != Known {
		return nil, state
	}
	object := make(map[string]Value, len(inside))
	for key, raw := range inside {
		// Inside a plan's JSON, keys that start with `$` carry one more of it.
		if value.marked && strings.HasPrefix(key, "$$") {
			key = key[1:]
		}
		object[key] = value.inside(raw)
	}
	return object, Known
}

// Keys are the keys of an object by the bytes of UTF-8, which is the same order in every language.
func Keys(object map[string]Value) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// IsBlank says whether a text has nothing but blanks, tabs and line breaks.
func IsBlank(text string) bool {
	return strings.Trim(text, " \t\r\n") == ""
}

func (value Value) state() State {
	switch value.kind {
	case "", "absent", "null":
		return Unset
	}
	return Undetermined
}

func (value Value) read(kind string, into any) State {
	if value.kind == kind && json.Unmarshal(value.value, into) == nil {
		return Known
	}
	return value.state()
}

// inside is a value within this one.
func (value Value) inside(raw json.RawMessage) Value {
	if value.marked && raw[0] == '{' {
		var marks map[string]json.RawMessage
		if json.Unmarshal(raw, &marks) == nil {
			for _, kind := range []string{"unknown", "sensitive"} {
				if marks["$"+kind] != nil {
					return Value{kind: kind}
				}
			}
		}
	}
	within := plain(raw)
	within.marked = value.marked
	return within
}

// plain is JSON as a value.
func plain(raw json.RawMessage) Value {
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case '"':
		return Value{kind: "text", value: raw}
	case 't', 'f':
		return Value{kind: "boolean", value: raw}
	case 'n':
		return Value{kind: "null"}
	case '[', '{':
		return Value{kind: "json", value: raw}
	default:
		return Value{kind: "number", value: raw}
	}
}

// UnmarshalJSON is how a value comes: with what it is, so that a text never passes for an unknown.
func (value *Value) UnmarshalJSON(text []byte) error {
	var tagged struct {
		Type  string          `json:"type"`
		Value json.RawMessage `json:"value"`
	}
	err := json.Unmarshal(text, &tagged)
	*value = Value{tagged.Type, tagged.Value, true}
	return err
}

// A Finding is something that a policy has to say of a plan.
type Finding struct {
	Rule        string   `json:"rule"`
	Outcome     string   `json:"outcome"`
	Cause       string   `json:"cause,omitempty"`
	Address     *string  `json:"address,omitempty"`
	Deposed     *string  `json:"deposed,omitempty"`
	Attributes  []string `json:"attributes,omitempty"`
	Message     string   `json:"message"`
	Remediation string   `json:"remediation,omitempty"`
	Details     []Detail `json:"details,omitempty"`
}

// A Detail is shown below a finding.
type Detail struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Violation says that a change breaks the rule, because of these attributes.
func (rule Rule) Violation(change Change, message string, attributes ...string) Finding {
	return rule.finding("violation", change, message, attributes)
}

// Undetermined says that nobody can tell before apply whether a change breaks the rule.
func (rule Rule) Undetermined(change Change, message string, attributes ...string) Finding {
	return rule.finding("undetermined", change, message, attributes)
}

func (rule Rule) finding(outcome string, change Change, message string, attributes []string) Finding {
	return Finding{
		Rule:       rule.ID,
		Outcome:    outcome,
		Address:    &change.Address,
		Deposed:    change.Deposed,
		Attributes: attributes,
		Message:    message,
	}
}

// Run answers the one question that the program is started for.
func (policy Policy[Settings]) Run() {
	var asked struct {
		Call    string            `json:"call"`
		Request Request[Settings] `json:"request"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	var answer any
	switch asked.Call {
	case "describe":
		answer = map[string]any{"metadata": policy}
	case "evaluate":
		documents := []Document{}
		asked.Request.answered = &documents
		findings := policy.Evaluate(asked.Request)
		if findings == nil {
			findings = []Finding{}
		}
		answer = map[string]any{"evaluation": map[string]any{"findings": findings, "documents": documents}}
	default:
		fail(fmt.Errorf("unknown call %q", asked.Call))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fail(err)
	}
}

// fail ends the program so that the plan is refused.
func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
