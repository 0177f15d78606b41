package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The grammar of the tables is described in schemas/README.md.
//
//go:embed schemas/*.table
var tables embed.FS

// Table holds every type that the provider serves.
type Table struct {
	Resources map[string]*Type
	Data      map[string]*Type
}

// Type is one resource type or data source.
type Type struct {
	Name    string
	Version int64
	// Framework types follow the rules of the plugin framework: no tolerance
	// for differences between plan and result, and computed attributes become
	// unknown on every update.
	Framework bool
	Tags      bool
	Regional  bool
	Body      *Block
}

// Block is a body of attributes and nested blocks, in the table's order.
type Block struct {
	Attributes []*Attribute
	Blocks     []*NestedBlock
}

// Attribute is one attribute and how it behaves in a plan.
type Attribute struct {
	Name                                    string
	Type                                    tftypes.Type
	Required, Optional, Computed, Sensitive bool
	// WriteOnly: read from the configuration, and in no plan or state.
	WriteOnly bool
	// ForceNew: a change replaces the object.
	ForceNew bool
	// Keep: a framework attribute that stays known on update.
	Keep bool
	// ReadsEmpty: unset reads back as "" rather than null.
	ReadsEmpty bool
	// Reads: what unset reads back as.
	Reads *tftypes.Value
	// OnlyIf: meaningless, and planned as nothing new, unless this holds.
	OnlyIf *Condition
	// RenewedBy: a change of one of these makes the attribute unknown.
	RenewedBy []string
	Default   *tftypes.Value
	// Result is the template of the value after apply, "" for a zero value.
	Result string
}

// Condition is that a neighbouring attribute has one of some values.
type Condition struct {
	Name   string
	Values []string
}

// NestedBlock is a nested block and how it behaves in a plan.
type NestedBlock struct {
	Name     string
	Nesting  tfprotov5.SchemaNestedBlockNestingMode
	Min, Max int64
	// Computed: left out of the configuration, the provider decides.
	Computed bool
	// Sticky: left out of the configuration, what is there stays.
	Sticky   bool
	ForceNew bool
	Result   string
	Body     *Block
}

func (b *Block) objectType() tftypes.Object {
	types := map[string]tftypes.Type{}
	for _, a := range b.Attributes {
		types[a.Name] = a.Type
	}
	for _, n := range b.Blocks {
		types[n.Name] = n.valueType()
	}
	return tftypes.Object{AttributeTypes: types}
}

func (n *NestedBlock) valueType() tftypes.Type {
	switch n.Nesting {
	case tfprotov5.SchemaNestedBlockNestingModeSet:
		return tftypes.Set{ElementType: n.Body.objectType()}
	case tfprotov5.SchemaNestedBlockNestingModeSingle:
		return n.Body.objectType()
	default:
		return tftypes.List{ElementType: n.Body.objectType()}
	}
}

func (b *Block) schema() *tfprotov5.SchemaBlock {
	out := &tfprotov5.SchemaBlock{}
	for _, a := range b.Attributes {
		out.Attributes = append(out.Attributes, &tfprotov5.SchemaAttribute{
			Name: a.Name, Type: a.Type, Required: a.Required, Optional: a.Optional,
			Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		})
	}
	for _, n := range b.Blocks {
		out.BlockTypes = append(out.BlockTypes, &tfprotov5.SchemaNestedBlock{
			TypeName: n.Name, Nesting: n.Nesting, MinItems: n.Min, MaxItems: n.Max, Block: n.Body.schema(),
		})
	}
	sort.Slice(out.Attributes, func(i, j int) bool { return out.Attributes[i].Name < out.Attributes[j].Name })
	sort.Slice(out.BlockTypes, func(i, j int) bool { return out.BlockTypes[i].TypeName < out.BlockTypes[j].TypeName })
	return out
}

func loadTable() (*Table, error) {
	table := &Table{Resources: map[string]*Type{}, Data: map[string]*Type{}}
	files, err := fs.Glob(tables, "schemas/*.table")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := tables.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := table.parse(string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return table, nil
}

func (t *Table) parse(text string) error {
	var current *Type
	// The bodies that are open, by depth of indentation.
	var open []*Block
	for number, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		where := func(err error) error { return fmt.Errorf("line %d: %w", number+1, err) }
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if depth == 0 {
			parsed, into, err := t.parseHeader(strings.Fields(trimmed))
			if err != nil {
				return where(err)
			}
			if into[parsed.Name] != nil {
				return where(fmt.Errorf("%s is there twice", parsed.Name))
			}
			into[parsed.Name], current = parsed, parsed
			open = []*Block{current.Body}
			continue
		}
		if current == nil || depth > len(open) {
			return where(fmt.Errorf("indented too deep"))
		}
		open = open[:depth]
		body := open[depth-1]
		declaration, result, _ := strings.Cut(trimmed, " = ")
		words := strings.Fields(declaration)
		if words[0] == "block" {
			nested, err := parseBlock(words[1:])
			if err != nil {
				return where(err)
			}
			nested.Result = result
			body.Blocks = append(body.Blocks, nested)
			open = append(open, nested.Body)
			continue
		}
		attribute, err := parseAttribute(words)
		if err != nil {
			return where(err)
		}
		attribute.Result = result
		body.Attributes = append(body.Attributes, attribute)
	}
	return nil
}

func (t *Table) parseHeader(words []string) (*Type, map[string]*Type, error) {
	if len(words) < 2 {
		return nil, nil, fmt.Errorf("a type needs a kind and a name")
	}
	out := &Type{Name: words[1], Regional: true, Body: &Block{}}
	into := t.Resources
	switch words[0] {
	case "resource":
	case "data":
		into, out.Regional = t.Data, false
	default:
		return nil, nil, fmt.Errorf("unknown kind %q", words[0])
	}
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "tags":
			out.Tags = true
			out.Body.Attributes = append(out.Body.Attributes,
				&Attribute{Name: "tags", Type: tftypes.Map{ElementType: tftypes.String}, Optional: true},
				&Attribute{Name: "tags_all", Type: tftypes.Map{ElementType: tftypes.String}, Optional: true, Computed: true})
		case "global":
			out.Regional = false
		case "framework":
			out.Framework = true
		case "version":
			version, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return nil, nil, err
			}
			out.Version = version
		case "timeouts":
			body := &Block{}
			for _, name := range strings.Split(value, ",") {
				body.Attributes = append(body.Attributes, &Attribute{Name: name, Type: tftypes.String, Optional: true})
			}
			out.Body.Blocks = append(out.Body.Blocks, &NestedBlock{
				Name: "timeouts", Nesting: tfprotov5.SchemaNestedBlockNestingModeSingle, Body: body,
			})
		default:
			return nil, nil, fmt.Errorf("unknown word %q", word)
		}
	}
	if out.Regional {
		out.Body.Attributes = append(out.Body.Attributes,
			&Attribute{Name: "region", Type: tftypes.String, Optional: true, Computed: true, ForceNew: true, Keep: true, Result: "${region}"})
	}
	if out.Framework {
		for _, a := range out.Body.Attributes {
			// tags_all is computed only, and planned with the tags.
			if a.Name == "tags_all" {
				a.Optional, a.Keep = false, true
			}
		}
	}
	return out, into, nil
}

func parseAttribute(words []string) (*Attribute, error) {
	if len(words) < 2 {
		return nil, fmt.Errorf("an attribute needs a name and a type")
	}
	typ, rest, err := parseType(words[1])
	if err != nil {
		return nil, err
	}
	if rest != "" {
		return nil, fmt.Errorf("left over after the type: %q", rest)
	}
	out := &Attribute{Name: words[0], Type: typ, Optional: true}
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "required":
			out.Required, out.Optional = true, false
		case "computed":
			out.Computed, out.Optional = true, false
		case "optional+computed":
			out.Computed = true
		case "force-new":
			out.ForceNew = true
		case "sensitive":
			out.Sensitive = true
		case "write-only":
			out.WriteOnly = true
		case "keep":
			out.Keep = true
		case "reads-empty":
			out.ReadsEmpty = true
		case "renewed-by":
			out.RenewedBy = strings.Split(value, ",")
		case "default", "reads":
			parsed, err := valueOfJSON(typ, []byte(value))
			if err != nil {
				return nil, err
			}
			if key == "default" {
				out.Default = &parsed
			} else {
				out.Reads = &parsed
			}
		case "only-if":
			name, values, found := strings.Cut(value, ":")
			if !found {
				return nil, fmt.Errorf("a condition is name:value|value, not %q", value)
			}
			out.OnlyIf = &Condition{Name: name, Values: strings.Split(values, "|")}
		default:
			return nil, fmt.Errorf("unknown word %q", word)
		}
	}
	return out, nil
}

func parseBlock(words []string) (*NestedBlock, error) {
	if len(words) < 2 {
		return nil, fmt.Errorf("a block needs a name and a nesting")
	}
	out := &NestedBlock{Name: words[0], Body: &Block{}}
	switch words[1] {
	case "list":
		out.Nesting = tfprotov5.SchemaNestedBlockNestingModeList
	case "set":
		out.Nesting = tfprotov5.SchemaNestedBlockNestingModeSet
	default:
		return nil, fmt.Errorf("unknown nesting %q", words[1])
	}
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		number, _ := strconv.ParseInt(value, 10, 64)
		switch key {
		case "min":
			out.Min = number
		case "max":
			out.Max = number
		case "computed":
			out.Computed = true
		case "sticky":
			out.Sticky = true
		case "force-new":
			out.ForceNew = true
		default:
			return nil, fmt.Errorf("unknown word %q", word)
		}
	}
	return out, nil
}

// parseType reads string, number, bool, list(T), set(T), map(T) and
// object(a:T,b:T), and hands back what follows.
func parseType(text string) (tftypes.Type, string, error) {
	end := strings.IndexAny(text, "(),")
	if end < 0 {
		end = len(text)
	}
	word, rest := text[:end], text[end:]
	switch word {
	case "string":
		return tftypes.String, rest, nil
	case "number":
		return tftypes.Number, rest, nil
	case "bool":
		return tftypes.Bool, rest, nil
	}
	if !strings.HasPrefix(rest, "(") {
		return nil, "", fmt.Errorf("unknown type %q", text)
	}
	rest = rest[1:]
	if word == "object" {
		types := map[string]tftypes.Type{}
		for {
			name, after, found := strings.Cut(rest, ":")
			if !found {
				return nil, "", fmt.Errorf("an object needs name:type, not %q", rest)
			}
			member, left, err := parseType(after)
			if err != nil {
				return nil, "", err
			}
			types[name] = member
			if strings.HasPrefix(left, ",") {
				rest = left[1:]
				continue
			}
			if !strings.HasPrefix(left, ")") {
				return nil, "", fmt.Errorf("unclosed object: %q", left)
			}
			return tftypes.Object{AttributeTypes: types}, left[1:], nil
		}
	}
	element, left, err := parseType(rest)
	if err != nil {
		return nil, "", err
	}
	if !strings.HasPrefix(left, ")") {
		return nil, "", fmt.Errorf("unclosed type: %q", text)
	}
	left = left[1:]
	switch word {
	case "list":
		return tftypes.List{ElementType: element}, left, nil
	case "set":
		return tftypes.Set{ElementType: element}, left, nil
	case "map":
		return tftypes.Map{ElementType: element}, left, nil
	}
	return nil, "", fmt.Errorf("unknown type %q", word)
}

// valueOfJSON reads a value of a type; attributes that an object leaves out are
// null.
func valueOfJSON(typ tftypes.Type, text []byte) (tftypes.Value, error) {
	var loose any
	if err := json.Unmarshal(text, &loose); err != nil {
		return tftypes.Value{}, fmt.Errorf("%s: %w", text, err)
	}
	whole, err := json.Marshal(complete(typ, loose))
	if err != nil {
		return tftypes.Value{}, err
	}
	return tftypes.ValueFromJSON(whole, typ)
}

func complete(typ tftypes.Type, loose any) any {
	switch typ := typ.(type) {
	case tftypes.Object:
		members, ok := loose.(map[string]any)
		if !ok {
			return loose
		}
		out := map[string]any{}
		for name, member := range typ.AttributeTypes {
			out[name] = complete(member, members[name])
		}
		return out
	case tftypes.List:
		return completeAll(typ.ElementType, loose)
	case tftypes.Set:
		return completeAll(typ.ElementType, loose)
	}
	return loose
}

func completeAll(element tftypes.Type, loose any) any {
	values, ok := loose.([]any)
	if !ok {
		return loose
	}
	out := make([]any, len(values))
	for i, value := range values {
		out[i] = complete(element, value)
	}
	return out
}
