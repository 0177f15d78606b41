package main

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const testTable = `
resource thing tags
  id string optional+computed = thing-${hex:4}
  name string required force-new
  size number default=10
  note string reads-empty
  code string
  digest string computed renewed-by=code = ${hex:8}
  block extra list max=1 computed = [{"mode":"auto"}]
    mode string required
  block rule list
    port number required force-new
    label string optional+computed

resource legacy
  id string optional+computed
  kind string default="a"
  only string default="x" only-if=kind:a|b
  secret string write-only
  names set(string)
  pairs map(string)
  link set(object(to:string,via:list(string),self:bool)) optional+computed
  block member set
    name string required
    note string
    ports list(number)
    pairs map(string)
    block inner list max=1
      text string

resource modern framework
  name string required
  kept string computed keep = kept
  fresh string computed = fresh
`

// object makes a value of a type from JSON; "?" stands for unknown, and a collection with
// "??" for one that is unknown as a whole.
func object(t *testing.T, typ *Type, text string) tftypes.Value {
	t.Helper()
	value, err := valueOfJSON(typ.Body.objectType(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	value, err = tftypes.Transform(value, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		var s string
		if v.Type().Is(tftypes.String) && v.IsKnown() && !v.IsNull() && v.As(&s) == nil && s == "?" {
			return unknown(tftypes.String), nil
		}
		if strings.Contains(v.String(), `"??"`) && (v.Type().Is(tftypes.List{}) || v.Type().Is(tftypes.Set{}) || v.Type().Is(tftypes.Map{})) {
			return unknown(v.Type()), nil
		}
		return v, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestPlan(t *testing.T) {
	table := &Table{Resources: map[string]*Type{}, Data: map[string]*Type{}}
	if err := table.parse(testTable); err != nil {
		t.Fatal(err)
	}
	const state = `{"id":"thing-1","name":"a","size":10,"note":"","code":"v1","digest":"d1","region":"here","tags":{},"tags_all":{"by":"us"},"extra":[{"mode":"auto"}],"rule":[{"port":80,"label":"l"}]}`
	for _, test := range []struct {
		what, typ, config, prior, want string
		replace                        string
	}{
		{
			"create: computed is unknown, defaults and the region are known", "thing",
			`{"name":"a","extra":[{"mode":"manual"}],"rule":[{"port":80}]}`, ``,
			`{"id":"?","name":"a","size":10,"digest":"?","region":"here","tags_all":{"by":"us"},"extra":[{"mode":"manual"}],"rule":[{"port":80,"label":"?"}]}`, "",
		},
		{
			"nothing to do: what is unset stays as it reads", "thing",
			`{"name":"a","code":"v1","extra":[],"rule":[{"port":80}]}`, state, state, "",
		},
		{
			"update: one thing changes, and what depends on it", "thing",
			`{"name":"a","code":"v2","extra":[],"rule":[{"port":80}]}`, state,
			`{"id":"thing-1","name":"a","size":10,"note":"","code":"v2","digest":"?","region":"here","tags":{},"tags_all":{"by":"us"},"extra":[{"mode":"auto"}],"rule":[{"port":80,"label":"l"}]}`, "",
		},
		{
			"a block that is removed is gone", "thing",
			`{"name":"a","code":"v1","extra":[],"rule":[]}`, state,
			`{"id":"thing-1","name":"a","size":10,"note":"","code":"v1","digest":"d1","region":"here","tags":{},"tags_all":{"by":"us"},"extra":[{"mode":"auto"}],"rule":[]}`, "",
		},
		{
			"replace: the path says why, inside of lists too", "thing",
			`{"name":"b","code":"v1","extra":[],"rule":[{"port":81}]}`, state,
			`{"id":"thing-1","name":"b","size":10,"note":"","code":"v1","digest":"d1","region":"here","tags":{},"tags_all":{"by":"us"},"extra":[{"mode":"auto"}],"rule":[{"port":81,"label":"l"}]}`,
			`AttributeName("name") AttributeName("rule").ElementKeyInt(0).AttributeName("port") `,
		},
		{
			"legacy: a collection with something unknown is unknown", "legacy",
			`{"names":["a","?"],"pairs":{"a":"?"},"link":[{"to":"?","via":["?"]}]}`, ``,
			`{"id":"?","kind":"a","only":"x","region":"here","names":["??"],"pairs":{"":"??"},"link":[{"to":"?","via":["??"],"self":false}]}`, "",
		},
		{
			"legacy: in a set, what is unset is empty", "legacy",
			`{"link":[{"to":"x"}],"member":[{"name":"a","inner":[{}]}]}`, ``,
			`{"id":"?","kind":"a","only":"x","region":"here","link":[{"to":"x","via":[],"self":false}],"member":[{"name":"a","note":"","ports":[],"inner":[{"text":""}]}]}`, "",
		},
		{
			"legacy: what another kind does not have has no default", "legacy",
			`{"kind":"c","link":[]}`, ``, `{"id":"?","kind":"c","region":"here","link":[]}`, "",
		},
		{
			"write-only: in the configuration alone", "legacy",
			`{"secret":"s","link":[]}`, ``, `{"id":"?","kind":"a","only":"x","region":"here","link":[]}`, "",
		},
		{
			"framework: an update renews what is not kept", "modern",
			`{"name":"b"}`, `{"name":"a","kept":"k","fresh":"f","region":"here"}`,
			`{"name":"b","kept":"k","fresh":"?","region":"here"}`, "",
		},
	} {
		typ := table.Resources[test.typ]
		prior := null(typ.Body.objectType())
		if test.prior != "" {
			prior = object(t, typ, test.prior)
		}
		// Blocks that the case leaves out are empty, never null.
		full := func(text string) tftypes.Value {
			v := members(object(t, typ, text))
			for _, n := range typ.Body.Blocks {
				if v[n.Name].IsNull() {
					v[n.Name] = tftypes.NewValue(n.valueType(), []tftypes.Value{})
				}
			}
			return tftypes.NewValue(typ.Body.objectType(), map[string]tftypes.Value(v))
		}
		p := &planner{typ: typ, settings: settings{region: "here", defaultTags: map[string]string{"by": "us"}}}
		got, paths := p.plan(full(test.config), prior)
		if want := full(test.want); !got.Equal(want) {
			t.Errorf("%s:\n got %s\nwant %s", test.what, got, want)
		}
		var replace string
		for _, path := range paths {
			replace += path.String() + " "
		}
		if replace != test.replace {
			t.Errorf("%s: replace paths %q, not %q", test.what, replace, test.replace)
		}
	}
}
