package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const account = "123456789012"

// cloud is what make.sh pretends to have happened outside of the tool: by type
// and id, the attributes that an object has now (null: it is gone).
type cloud map[string]map[string]map[string]json.RawMessage

func loadCloud(path string) (cloud, error) {
	out := cloud{}
	if path == "" {
		return out, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal(text, &out)
}

// object reads an id in the cloud: whether it is mentioned, and its attributes.
func (c cloud) object(typ, id string) (map[string]json.RawMessage, bool) {
	attributes, found := c[typ][id]
	return attributes, found
}

// applier fills in what is known only after apply, the same for the same plan.
type applier struct {
	typ      *Type
	settings settings
	seed     string
}

func newApplier(typ *Type, settings settings, planned tftypes.Value) *applier {
	sum := sha256.Sum256([]byte(typ.Name + "\n" + describe(planned)))
	return &applier{typ: typ, settings: settings, seed: hex.EncodeToString(sum[:])}
}

// describe writes a value's known parts in a canonical order, "" for nothing. Tags are left out,
// so that an object keeps its identifiers when only its tags differ, except for
// the Name that tells apart what has no other name.
func describe(v tftypes.Value) string {
	if !v.IsKnown() || !v.Type().Is(tftypes.Object{}) && isZero(v) {
		return ""
	}
	switch {
	case v.Type().Is(tftypes.Object{}), v.Type().Is(tftypes.Map{}):
		parts := []string{}
		for name, member := range members(v) {
			// What is unset says nothing: an attribute more in a table gives no other identifiers.
			if text := describe(member); name != "tags_all" && text != "" {
				parts = append(parts, name+"="+text)
			}
		}
		if len(parts) == 0 {
			return ""
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case v.Type().Is(tftypes.List{}), v.Type().Is(tftypes.Set{}), v.Type().Is(tftypes.Tuple{}):
		parts := []string{}
		for _, element := range elements(v) {
			parts = append(parts, describe(element))
		}
		if v.Type().Is(tftypes.Set{}) {
			sort.Strings(parts)
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	return v.String()
}

func (a *applier) apply(planned tftypes.Value) (tftypes.Value, error) {
	out := members(planned)
	// Templates refer to one another (an id is often the ARN), so resolve
	// until nothing moves.
	for range len(a.typ.Body.Attributes) {
		moved := false
		for _, attribute := range a.typ.Body.Attributes {
			if out[attribute.Name].IsKnown() || attribute.Result == "" {
				continue
			}
			text, ready := a.expand(attribute.Result, out)
			if !ready {
				continue
			}
			value, err := fromTemplate(attribute.Type, text)
			if err != nil {
				return planned, fmt.Errorf("%s.%s: %w", a.typ.Name, attribute.Name, err)
			}
			out[attribute.Name], moved = value, true
		}
		if !moved {
			break
		}
	}
	if err := a.rest(a.typ.Body, out); err != nil {
		return planned, err
	}
	return tftypes.NewValue(a.typ.Body.objectType(), map[string]tftypes.Value(out)), nil
}

// rest gives every value that is still unknown its block template or a zero.
func (a *applier) rest(block *Block, out values) error {
	for _, attribute := range block.Attributes {
		if out[attribute.Name].IsFullyKnown() {
			continue
		}
		if text, ready := a.expand(attribute.Result, out); ready && text != "" {
			value, err := fromTemplate(attribute.Type, text)
			if err != nil {
				return fmt.Errorf("%s.%s: %w", a.typ.Name, attribute.Name, err)
			}
			out[attribute.Name] = value
			continue
		}
		out[attribute.Name] = zero(attribute.Type)
	}
	for _, n := range block.Blocks {
		value := out[n.Name]
		if !value.IsKnown() {
			text, _ := a.expand(n.Result, out)
			if text == "" {
				text = "[]"
			}
			parsed, err := valueOfJSON(n.valueType(), []byte(text))
			if err != nil {
				return fmt.Errorf("%s.%s: %w", a.typ.Name, n.Name, err)
			}
			out[n.Name] = parsed
			continue
		}
		if n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle {
			continue
		}
		filled := []tftypes.Value{}
		for _, element := range elements(value) {
			inner := members(element)
			if err := a.rest(n.Body, inner); err != nil {
				return err
			}
			filled = append(filled, tftypes.NewValue(n.Body.objectType(), map[string]tftypes.Value(inner)))
		}
		out[n.Name] = tftypes.NewValue(n.valueType(), filled)
	}
	return nil
}

func fromTemplate(typ tftypes.Type, text string) (tftypes.Value, error) {
	if typ.Is(tftypes.String) {
		return tftypes.NewValue(typ, text), nil
	}
	return valueOfJSON(typ, []byte(text))
}

func zero(typ tftypes.Type) tftypes.Value {
	switch {
	case typ.Is(tftypes.String):
		return tftypes.NewValue(typ, "")
	case typ.Is(tftypes.Number):
		return tftypes.NewValue(typ, 0)
	case typ.Is(tftypes.Bool):
		return tftypes.NewValue(typ, false)
	case typ.Is(tftypes.Map{}):
		return tftypes.NewValue(typ, map[string]tftypes.Value{})
	case typ.Is(tftypes.Object{}):
		return null(typ)
	default:
		return tftypes.NewValue(typ, []tftypes.Value{})
	}
}

var placeholder = regexp.MustCompile(`\$\{([a-z0-9_]+)(?::([0-9]+))?\}`)

// expand replaces ${attribute}, ${account}, ${region}, ${hex:N}, ${digits:N},
// ${upper:N} and ${uuid}; it is not ready when an attribute is still unknown.
func (a *applier) expand(template string, known values) (string, bool) {
	ready := true
	out := placeholder.ReplaceAllStringFunc(template, func(match string) string {
		parts := placeholder.FindStringSubmatch(match)
		length, _ := strconv.Atoi(parts[2])
		switch parts[1] {
		case "account":
			return account
		case "region":
			return a.settings.region
		case "hex":
			return a.seed[:length]
		case "digits":
			return a.letters("0123456789", length)
		case "upper":
			return a.letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", length)
		case "lower":
			return a.letters("abcdefghijklmnopqrstuvwxyz0123456789", length)
		case "uuid":
			s := a.seed
			return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-8" + s[17:20] + "-" + s[20:32]
		}
		value, found := known[parts[1]]
		if !found || !value.IsKnown() {
			ready = false
			return ""
		}
		var text string
		if value.IsNull() || value.As(&text) != nil {
			return ""
		}
		return text
	})
	return out, ready
}

func (a *applier) letters(alphabet string, length int) string {
	out := make([]byte, length)
	for i := range out {
		pair, _ := strconv.ParseUint(a.seed[2*(i%32):2*(i%32)+2], 16, 8)
		out[i] = alphabet[int(pair)%len(alphabet)]
	}
	return string(out)
}

// read is what a refresh makes of a state: the SDK reads unset collections back
// as empty, and the cloud may have changed. Not found: the object is gone.
func (t *Type) read(c cloud, state tftypes.Value) (tftypes.Value, bool, error) {
	out := members(state)
	if !t.Framework {
		t.Body.normalise(out)
	}
	var id string
	if value, found := out["id"]; found && value.IsKnown() && !value.IsNull() {
		_ = value.As(&id)
	}
	attributes, found := c.object(t.Name, id)
	if found && attributes == nil {
		return state, false, nil
	}
	if err := t.Body.overlay(out, attributes); err != nil {
		return state, false, fmt.Errorf("%s %s: %w", t.Name, id, err)
	}
	return tftypes.NewValue(t.Body.objectType(), map[string]tftypes.Value(out)), true, nil
}

func (b *Block) normalise(out values) {
	for _, a := range b.Attributes {
		if !out[a.Name].IsNull() || a.WriteOnly {
			continue
		}
		if a.Reads != nil {
			out[a.Name] = *a.Reads
			continue
		}
		if a.ReadsEmpty || !a.Type.Is(tftypes.String) && !a.Type.Is(tftypes.Number) && !a.Type.Is(tftypes.Bool) {
			out[a.Name] = zero(a.Type)
		}
	}
}

func (b *Block) overlay(out values, attributes map[string]json.RawMessage) error {
	types := b.objectType().AttributeTypes
	for name, text := range attributes {
		typ, found := types[name]
		if !found {
			return fmt.Errorf("no attribute %q", name)
		}
		value, err := valueOfJSON(typ, text)
		if err != nil {
			return err
		}
		out[name] = value
	}
	return nil
}
