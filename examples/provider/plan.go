package main

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type values map[string]tftypes.Value

func members(v tftypes.Value) values {
	out := map[string]tftypes.Value{}
	if v.IsNull() || !v.IsKnown() {
		return out
	}
	// Every caller hands over an object, for which As cannot fail.
	_ = v.As(&out)
	return out
}

func elements(v tftypes.Value) []tftypes.Value {
	var out []tftypes.Value
	if v.IsNull() || !v.IsKnown() {
		return out
	}
	_ = v.As(&out)
	return out
}

func unknown(typ tftypes.Type) tftypes.Value { return tftypes.NewValue(typ, tftypes.UnknownValue) }
func null(typ tftypes.Type) tftypes.Value    { return tftypes.NewValue(typ, nil) }

// planner plans one resource instance the way that the plugin SDK (or, for
// framework types, the plugin framework) does.
type planner struct {
	typ *Type
	// Tags and region of the provider's configuration.
	settings settings
}

// plan yields the planned object and the paths that force a replacement. A null
// prior is a create.
func (p *planner) plan(config, prior tftypes.Value) (tftypes.Value, []*tftypes.AttributePath) {
	create := prior.IsNull()
	planned := p.body(p.typ.Body, members(config), members(prior), create, false)
	p.planTags(planned, members(config), members(prior), create)
	if p.typ.Regional && create {
		if region := planned["region"]; !region.IsKnown() && members(config)["region"].IsNull() {
			planned["region"] = tftypes.NewValue(tftypes.String, p.settings.region)
		}
	}
	object := tftypes.NewValue(p.typ.Body.objectType(), map[string]tftypes.Value(planned))
	if create {
		return object, nil
	}
	if !object.Equal(prior) {
		p.renew(planned, members(config), members(prior))
		object = tftypes.NewValue(p.typ.Body.objectType(), map[string]tftypes.Value(planned))
	}
	return object, replacePaths(p.typ.Body, planned, members(prior), tftypes.NewAttributePath())
}

func (p *planner) body(block *Block, config, prior values, create, inSet bool) values {
	out := values{}
	for _, a := range block.Attributes {
		value := p.attribute(a, config[a.Name], prior[a.Name], create)
		if !p.typ.Framework {
			value = legacy(a.Type, value, inSet)
		}
		out[a.Name] = value
	}
	for _, a := range block.Attributes {
		if a.OnlyIf == nil || a.OnlyIf.holds(out) {
			continue
		}
		if out[a.Name] = null(a.Type); !create {
			out[a.Name] = prior[a.Name]
		}
	}
	for _, n := range block.Blocks {
		out[n.Name] = p.nested(n, config[n.Name], prior[n.Name], create, inSet)
	}
	return out
}

// legacy is what the SDK, whose values are older than the tools' types, makes of a value: a
// collection of plain values that has one unknown is unknown as a whole, and what is unset in
// an element of a set is empty, because elements are told apart by all of their attributes.
func legacy(typ tftypes.Type, v tftypes.Value, inSet bool) tftypes.Value {
	switch typ := typ.(type) {
	case tftypes.Set:
		if object, ok := typ.ElementType.(tftypes.Object); ok && v.IsKnown() && !v.IsNull() {
			out := []tftypes.Value{}
			for _, element := range elements(v) {
				out = append(out, legacyObject(object, element))
			}
			return tftypes.NewValue(typ, out)
		}
		return legacyCollection(typ, typ.ElementType, v, inSet)
	case tftypes.List:
		return legacyCollection(typ, typ.ElementType, v, inSet)
	case tftypes.Map:
		return legacyCollection(typ, typ.ElementType, v, false)
	}
	if inSet && v.IsNull() && typ.Is(tftypes.String) {
		return tftypes.NewValue(typ, "")
	}
	return v
}

func legacyCollection(typ, element tftypes.Type, v tftypes.Value, inSet bool) tftypes.Value {
	switch {
	case inSet && v.IsNull():
		return tftypes.NewValue(typ, []tftypes.Value{})
	case element.Is(tftypes.Object{}) || v.IsFullyKnown():
		return v
	}
	return unknown(typ)
}

// legacyObject is for an element of a set that is an attribute and not a block.
func legacyObject(typ tftypes.Object, v tftypes.Value) tftypes.Value {
	if !v.IsKnown() || v.IsNull() {
		return v
	}
	out := members(v)
	for name, member := range typ.AttributeTypes {
		if out[name].IsNull() && member.Is(tftypes.Bool) {
			out[name] = tftypes.NewValue(member, false)
			continue
		}
		out[name] = legacy(member, out[name], true)
	}
	return tftypes.NewValue(typ, map[string]tftypes.Value(out))
}

// holds says whether the attribute has one of the values; one that is unknown may.
func (c *Condition) holds(planned values) bool {
	value := planned[c.Name]
	var text string
	if !value.IsKnown() {
		return true
	}
	if value.IsNull() || value.As(&text) != nil {
		return false
	}
	return slices.Contains(c.Values, text)
}

func (p *planner) attribute(a *Attribute, config, prior tftypes.Value, create bool) tftypes.Value {
	switch {
	case a.WriteOnly:
		return null(a.Type)
	case !config.IsNull():
		return config
	case a.Default != nil:
		return *a.Default
	case create && a.Computed:
		return unknown(a.Type)
	case create:
		return null(a.Type)
	case a.Computed:
		return prior
	case a.Reads != nil:
		return prior
	case !p.typ.Framework && isZero(prior):
		// The SDK cannot tell null from a zero value, and sees no change.
		return prior
	default:
		return null(a.Type)
	}
}

func (p *planner) nested(n *NestedBlock, config, prior tftypes.Value, create, inSet bool) tftypes.Value {
	if n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle || !config.IsKnown() {
		return config
	}
	wanted := elements(config)
	if len(wanted) == 0 && n.Computed && create {
		return unknown(n.valueType())
	}
	if len(wanted) == 0 && (n.Computed || n.Sticky) && !create {
		return prior
	}
	have := elements(prior)
	out := make([]tftypes.Value, 0, len(wanted))
	for i, element := range wanted {
		if !element.IsKnown() {
			out = append(out, element)
			continue
		}
		before, found := tftypes.Value{}, false
		set := n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSet
		if set {
			before, found = matching(n.Body, element, have)
		} else if i < len(have) {
			before, found = have[i], true
		}
		planned := p.body(n.Body, members(element), members(before), !found, set || inSet)
		out = append(out, tftypes.NewValue(n.Body.objectType(), map[string]tftypes.Value(planned)))
	}
	return tftypes.NewValue(n.valueType(), out)
}

// matching finds the element of a set that has everything the configuration
// sets.
func matching(block *Block, config tftypes.Value, have []tftypes.Value) (tftypes.Value, bool) {
	for _, candidate := range have {
		theirs, same := members(candidate), true
		for name, value := range members(config) {
			if isBlock(block, name) || value.IsNull() {
				continue
			}
			same = same && value.Equal(theirs[name])
		}
		if same {
			return candidate, true
		}
	}
	return tftypes.Value{}, false
}

func isBlock(block *Block, name string) bool {
	for _, n := range block.Blocks {
		if n.Name == name {
			return true
		}
	}
	return false
}

// planTags merges the provider's default tags, as the provider does.
func (p *planner) planTags(planned, config, prior values, create bool) {
	if !p.typ.Tags {
		return
	}
	typ := tftypes.Map{ElementType: tftypes.String}
	own := config["tags"]
	if !own.IsFullyKnown() {
		planned["tags_all"] = unknown(typ)
		return
	}
	all := map[string]tftypes.Value{}
	for key, value := range p.settings.defaultTags {
		all[key] = tftypes.NewValue(tftypes.String, value)
	}
	for key, value := range members(own) {
		all[key] = value
	}
	switch {
	case len(all) > 0:
		planned["tags_all"] = tftypes.NewValue(typ, all)
	case create || !isZero(prior["tags_all"]):
		planned["tags_all"] = unknown(typ)
	default:
		planned["tags_all"] = prior["tags_all"]
	}
}

// renew makes unknown what an update can change.
func (p *planner) renew(planned, config, prior values) {
	for _, a := range p.typ.Body.Attributes {
		if a.Computed && config[a.Name].IsNull() && a.Default == nil && p.typ.Framework && !a.Keep {
			planned[a.Name] = unknown(a.Type)
		}
		for _, name := range a.RenewedBy {
			if config[a.Name].IsNull() && !planned[name].Equal(prior[name]) {
				planned[a.Name] = unknown(a.Type)
			}
		}
	}
}

func replacePaths(block *Block, planned, prior values, at *tftypes.AttributePath) []*tftypes.AttributePath {
	var out []*tftypes.AttributePath
	for _, a := range block.Attributes {
		if a.ForceNew && !planned[a.Name].Equal(prior[a.Name]) {
			out = append(out, at.WithAttributeName(a.Name))
		}
	}
	for _, n := range block.Blocks {
		if n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle {
			continue
		}
		path, before, after := at.WithAttributeName(n.Name), elements(prior[n.Name]), elements(planned[n.Name])
		if n.ForceNew && len(before) != len(after) {
			out = append(out, path)
		}
		if n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSet {
			// A path cannot go into a set.
			if n.ForceNew && len(before) == len(after) && !planned[n.Name].Equal(prior[n.Name]) {
				out = append(out, path)
			}
			continue
		}
		for i := 0; i < len(before) && i < len(after); i++ {
			out = append(out, replacePaths(n.Body, members(after[i]), members(before[i]), path.WithElementKeyInt(i))...)
		}
	}
	return out
}

// isZero says whether the SDK would take a value for unset.
func isZero(v tftypes.Value) bool {
	if v.IsNull() {
		return true
	}
	if !v.IsKnown() {
		return false
	}
	switch {
	case v.Type().Is(tftypes.String):
		var s string
		return v.As(&s) == nil && s == ""
	case v.Type().Is(tftypes.Bool):
		var b bool
		return v.As(&b) == nil && !b
	case v.Type().Is(tftypes.Number):
		return v.Equal(tftypes.NewValue(tftypes.Number, 0))
	case v.Type().Is(tftypes.Map{}):
		return len(members(v)) == 0
	default:
		return len(elements(v)) == 0
	}
}
