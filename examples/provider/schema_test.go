package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// fact is what the schema of the real provider says of one attribute or nested block.
type fact struct {
	// Type is string, number, bool, a collection of these, or block:NESTING.
	Type string `json:"t"`
	// Flags has R, O and C: required, optional, computed.
	Flags string `json:"f"`
	// Body is what is in a block.
	Body map[string]fact `json:"b"`
}

// TestTablesFollowTheSchema compares every table with the schema of the provider that it
// stands in for: `provider-facts/aws-VERSION.json` in the directory TOLLGATE_CORPUS.
func TestTablesFollowTheSchema(t *testing.T) {
	corpus := os.Getenv("TOLLGATE_CORPUS")
	if corpus == "" {
		t.Skip("TOLLGATE_CORPUS names no directory with schemas")
	}
	files, err := filepath.Glob(filepath.Join(corpus, "provider-facts", "aws-[0-9]*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema of the provider in %s: %v", corpus, err)
	}
	table, err := loadTable()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		schema := map[string]map[string]fact{}
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, line := range differences(table, schema) {
			t.Error(line)
		}
	}
}

func TestDifferencesAreFound(t *testing.T) {
	table := &Table{Resources: map[string]*Type{}, Data: map[string]*Type{}}
	if err := table.parse(`
resource thing tags timeouts=create
  id string optional+computed
  name string optional+computed
  size string
  extra string
  route set(object(to:string)) optional+computed
  block rule list max=1
    port number required
  block note set min=1
    text string

resource unheard
  id string
`); err != nil {
		t.Fatal(err)
	}
	schema := map[string]map[string]fact{}
	if err := json.Unmarshal([]byte(`{"thing": {
		"id": {"t": "string", "f": "OC"},
		"name": {"t": "string", "f": "R"},
		"region": {"t": "string", "f": "OC"},
		"size": {"t": "number", "f": "O"},
		"missing": {"t": "string", "f": "O"},
		"route": {"t": "block:set", "f": "OC", "b": {"to": {"t": "string", "f": "O"}, "via": {"t": "string", "f": "O"}}},
		"rule": {"t": "block:list", "f": "R", "b": {"port": {"t": "number", "f": "O"}}},
		"note": {"t": "block:set", "f": "R", "b": {"text": {"t": "string", "f": "O"}, "more": {"t": "string", "f": "O"}}},
		"tags": {"t": "map(string)", "f": "O"},
		"tags_all": {"t": "map(string)", "f": "OC"},
		"timeouts": {"t": "block:object", "f": "O", "b": {"create": {"t": "string", "f": "O"}}}
	}}`), &schema); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(differences(table, schema), "\n")
	want := strings.Join([]string{
		"thing.extra is not in the schema",
		"thing.missing (string O) is not in the table",
		"thing.name is string OC in the table and string R in the schema",
		"thing.note.more (string O) is not in the table",
		"thing.route is set(object(to:string)) OC in the table and set(object(to:string,via:string)) OC in the schema",
		"thing.rule is block:list1 O in the table and block:list R in the schema",
		"thing.rule.port is number R in the table and number O in the schema",
		"thing.size is string O in the table and number O in the schema",
		"unheard is not in the schema",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// differences lists where the tables and a schema disagree, in order.
func differences(table *Table, schema map[string]map[string]fact) []string {
	var out []string
	for name, typ := range table.Resources {
		facts, found := schema[name]
		if !found {
			out = append(out, name+" is not in the schema")
			continue
		}
		out = append(out, compare(name, typ.Body, facts)...)
	}
	sort.Strings(out)
	return out
}

func compare(at string, body *Block, facts map[string]fact) []string {
	var out []string
	seen := map[string]bool{}
	check := func(name, own string) (fact, bool) {
		path := at + "." + name
		seen[name] = true
		real, found := facts[name]
		if !found {
			out = append(out, path+" is not in the schema")
			return real, false
		}
		theirs := real.Type + " " + real.Flags
		if !strings.HasPrefix(own, "block:") && real.Body != nil {
			// The table has an attribute for what is a block in the schema: the SDK serves
			// some blocks that way, so that `[]` can be told from nothing.
			theirs = real.asAttribute() + " " + real.Flags
		}
		if own != theirs {
			out = append(out, path+" is "+own+" in the table and "+theirs+" in the schema")
		}
		return real, true
	}
	for _, a := range body.Attributes {
		check(a.Name, typeName(a.Type)+" "+flags(a.Required, a.Optional, a.Computed))
	}
	for _, n := range body.Blocks {
		// The schema does not tell of a block whether the provider decides when it is left out.
		own := "block:" + nesting(n) + " " + flags(n.Min > 0, n.Min == 0, false)
		if real, found := check(n.Name, own); found {
			out = append(out, compare(at+"."+n.Name, n.Body, real.Body)...)
		}
	}
	for name, real := range facts {
		if !seen[name] {
			out = append(out, at+"."+name+" ("+real.Type+" "+real.Flags+") is not in the table")
		}
	}
	return out
}

func flags(required, optional, computed bool) string {
	out := ""
	for _, flag := range []struct {
		set    bool
		letter string
	}{{required, "R"}, {optional, "O"}, {computed, "C"}} {
		if flag.set {
			out += flag.letter
		}
	}
	return out
}

func nesting(n *NestedBlock) string {
	switch {
	case n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle:
		return "object"
	case n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSet:
		return "set"
	case n.Max == 1:
		return "list1"
	default:
		return "list"
	}
}

// asAttribute is the type of an attribute that holds what the block does.
func (f fact) asAttribute() string {
	if f.Body == nil {
		return f.Type
	}
	names := make([]string, 0, len(f.Body))
	for name := range f.Body {
		names = append(names, name)
	}
	sort.Strings(names)
	members := make([]string, 0, len(names))
	for _, name := range names {
		members = append(members, name+":"+f.Body[name].asAttribute())
	}
	object := "object(" + strings.Join(members, ",") + ")"
	_, nesting, _ := strings.Cut(f.Type, ":")
	if nesting == "object" {
		return object
	}
	return strings.TrimSuffix(nesting, "1") + "(" + object + ")"
}

func typeName(typ tftypes.Type) string {
	switch typ := typ.(type) {
	case tftypes.List:
		return "list(" + typeName(typ.ElementType) + ")"
	case tftypes.Set:
		return "set(" + typeName(typ.ElementType) + ")"
	case tftypes.Map:
		return "map(" + typeName(typ.ElementType) + ")"
	case tftypes.Object:
		names := make([]string, 0, len(typ.AttributeTypes))
		for name := range typ.AttributeTypes {
			names = append(names, name)
		}
		sort.Strings(names)
		members := make([]string, 0, len(names))
		for _, name := range names {
			members = append(members, name+":"+typeName(typ.AttributeTypes[name]))
		}
		return "object(" + strings.Join(members, ",") + ")"
	}
	switch {
	case typ.Is(tftypes.Number):
		return "number"
	case typ.Is(tftypes.Bool):
		return "bool"
	default:
		return "string"
	}
}
