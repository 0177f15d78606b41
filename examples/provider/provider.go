package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// settings is what the provider block configures.
type settings struct {
	region      string
	defaultTags map[string]string
}

type provider struct {
	table    *Table
	cloud    cloud
	settings settings
}

// providerBlock is the part of the AWS provider's own configuration that
// examples use.
func providerBlock() *Block {
	text := func(name string) *Attribute {
		return &Attribute{Name: name, Type: tftypes.String, Optional: true}
	}
	flag := func(name string) *Attribute {
		return &Attribute{Name: name, Type: tftypes.Bool, Optional: true}
	}
	return &Block{
		Attributes: []*Attribute{
			text("region"), text("profile"),
			{Name: "allowed_account_ids", Type: tftypes.Set{ElementType: tftypes.String}, Optional: true},
			flag("skip_credentials_validation"), flag("skip_metadata_api_check"), flag("skip_requesting_account_id"),
		},
		Blocks: []*NestedBlock{{
			Name: "default_tags", Nesting: tfprotov5.SchemaNestedBlockNestingModeList, Max: 1,
			Body: &Block{Attributes: []*Attribute{{Name: "tags", Type: tftypes.Map{ElementType: tftypes.String}, Optional: true}}},
		}},
	}
}

func failed(summary string, err error) []*tfprotov5.Diagnostic {
	return []*tfprotov5.Diagnostic{{Severity: tfprotov5.DiagnosticSeverityError, Summary: summary, Detail: err.Error()}}
}

func dynamic(typ tftypes.Type, value tftypes.Value) (*tfprotov5.DynamicValue, error) {
	out, err := tfprotov5.NewDynamicValue(typ, value)
	return &out, err
}

func (p *provider) resource(name string) (*Type, error) {
	if typ := p.table.Resources[name]; typ != nil {
		return typ, nil
	}
	return nil, fmt.Errorf("the stand-in has no resource type %s: add it to examples/provider/schemas", name)
}

func (p *provider) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	out := &tfprotov5.GetMetadataResponse{ServerCapabilities: &tfprotov5.ServerCapabilities{GetProviderSchemaOptional: true}}
	for name := range p.table.Resources {
		out.Resources = append(out.Resources, tfprotov5.ResourceMetadata{TypeName: name})
	}
	for name := range p.table.Data {
		out.DataSources = append(out.DataSources, tfprotov5.DataSourceMetadata{TypeName: name})
	}
	return out, nil
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	out := &tfprotov5.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov5.ServerCapabilities{GetProviderSchemaOptional: true},
		Provider:           &tfprotov5.Schema{Block: providerBlock().schema()},
		ResourceSchemas:    map[string]*tfprotov5.Schema{},
		DataSourceSchemas:  map[string]*tfprotov5.Schema{},
	}
	for name, typ := range p.table.Resources {
		out.ResourceSchemas[name] = &tfprotov5.Schema{Version: typ.Version, Block: typ.Body.schema()}
	}
	for name, typ := range p.table.Data {
		out.DataSourceSchemas[name] = &tfprotov5.Schema{Block: typ.Body.schema()}
	}
	return out, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) PrepareProviderConfig(_ context.Context, req *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (p *provider) ConfigureProvider(_ context.Context, req *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	config, err := req.Config.Unmarshal(providerBlock().objectType())
	if err != nil {
		return &tfprotov5.ConfigureProviderResponse{Diagnostics: failed("reading the provider configuration", err)}, nil
	}
	p.settings = settings{region: "us-east-1", defaultTags: map[string]string{}}
	if region := members(config)["region"]; region.IsKnown() && !region.IsNull() {
		_ = region.As(&p.settings.region)
	}
	for _, block := range elements(members(config)["default_tags"]) {
		for key, value := range members(members(block)["tags"]) {
			var text string
			if value.IsKnown() && value.As(&text) == nil {
				p.settings.defaultTags[key] = text
			}
		}
	}
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

func (p *provider) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (p *provider) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

func (p *provider) UpgradeResourceState(_ context.Context, req *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	out := &tfprotov5.UpgradeResourceStateResponse{}
	typ, err := p.resource(req.TypeName)
	if err != nil {
		out.Diagnostics = failed("upgrading state", err)
		return out, nil
	}
	object := typ.Body.objectType()
	value, err := req.RawState.Unmarshal(object)
	if err == nil {
		out.UpgradedState, err = dynamic(object, value)
	}
	if err != nil {
		out.Diagnostics = failed("upgrading state of "+req.TypeName, err)
	}
	return out, nil
}

func (p *provider) UpgradeResourceIdentity(context.Context, *tfprotov5.UpgradeResourceIdentityRequest) (*tfprotov5.UpgradeResourceIdentityResponse, error) {
	return &tfprotov5.UpgradeResourceIdentityResponse{}, nil
}

func (p *provider) ReadResource(_ context.Context, req *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse, error) {
	out := &tfprotov5.ReadResourceResponse{Private: req.Private}
	typ, err := p.resource(req.TypeName)
	if err != nil {
		out.Diagnostics = failed("reading", err)
		return out, nil
	}
	object := typ.Body.objectType()
	state, err := req.CurrentState.Unmarshal(object)
	if err != nil || state.IsNull() {
		out.NewState = req.CurrentState
		if err != nil {
			out.Diagnostics = failed("reading "+req.TypeName, err)
		}
		return out, nil
	}
	read, found, err := typ.read(p.cloud, state)
	if err == nil && !found {
		read = null(object)
	}
	if err == nil {
		out.NewState, err = dynamic(object, read)
	}
	if err != nil {
		out.Diagnostics = failed("reading "+req.TypeName, err)
	}
	return out, nil
}

func (p *provider) PlanResourceChange(_ context.Context, req *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	out := &tfprotov5.PlanResourceChangeResponse{PlannedPrivate: req.PriorPrivate}
	typ, err := p.resource(req.TypeName)
	if err != nil {
		out.Diagnostics = failed("planning", err)
		return out, nil
	}
	object := typ.Body.objectType()
	config, err := req.Config.Unmarshal(object)
	if err != nil {
		out.Diagnostics = failed("planning "+req.TypeName, err)
		return out, nil
	}
	prior, err := req.PriorState.Unmarshal(object)
	if err != nil {
		out.Diagnostics = failed("planning "+req.TypeName, err)
		return out, nil
	}
	out.UnsafeToUseLegacyTypeSystem = !typ.Framework
	if config.IsNull() {
		out.PlannedState = req.ProposedNewState
		return out, nil
	}
	planned, replace := (&planner{typ: typ, settings: p.settings}).plan(config, prior)
	out.RequiresReplace = replace
	if out.PlannedState, err = dynamic(object, planned); err != nil {
		out.Diagnostics = failed("planning "+req.TypeName, err)
	}
	return out, nil
}

func (p *provider) ApplyResourceChange(_ context.Context, req *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	out := &tfprotov5.ApplyResourceChangeResponse{Private: req.PlannedPrivate}
	typ, err := p.resource(req.TypeName)
	if err != nil {
		out.Diagnostics = failed("applying", err)
		return out, nil
	}
	out.UnsafeToUseLegacyTypeSystem = !typ.Framework
	object := typ.Body.objectType()
	planned, err := req.PlannedState.Unmarshal(object)
	if err == nil && !planned.IsNull() {
		planned, err = newApplier(typ, p.settings, planned).apply(planned)
	}
	if err == nil {
		out.NewState, err = dynamic(object, planned)
	}
	if err != nil {
		out.Diagnostics = failed("applying "+req.TypeName, err)
	}
	return out, nil
}

// ImportResourceState reads the object from the cloud that make.sh describes.
func (p *provider) ImportResourceState(_ context.Context, req *tfprotov5.ImportResourceStateRequest) (*tfprotov5.ImportResourceStateResponse, error) {
	out := &tfprotov5.ImportResourceStateResponse{}
	typ, err := p.resource(req.TypeName)
	if err != nil {
		out.Diagnostics = failed("importing", err)
		return out, nil
	}
	attributes, found := p.cloud.object(req.TypeName, req.ID)
	if !found || attributes == nil {
		out.Diagnostics = failed("importing "+req.TypeName, fmt.Errorf("cannot find non-existent remote object %q", req.ID))
		return out, nil
	}
	object := typ.Body.objectType()
	plan := &planner{typ: typ, settings: p.settings}
	state := plan.body(typ.Body, members(nothing(typ.Body)), values{}, true, false)
	state["id"] = tftypes.NewValue(tftypes.String, req.ID)
	err = typ.Body.overlay(state, attributes)
	var value tftypes.Value
	if err == nil {
		if _, said := attributes["tags_all"]; typ.Tags && !said {
			state["tags_all"] = state["tags"]
		}
		value = tftypes.NewValue(object, map[string]tftypes.Value(state))
		value, err = newApplier(typ, p.settings, value).apply(value)
	}
	var imported *tfprotov5.DynamicValue
	if err == nil {
		imported, err = dynamic(object, value)
	}
	if err != nil {
		out.Diagnostics = failed("importing "+req.TypeName, err)
		return out, nil
	}
	out.ImportedResources = []*tfprotov5.ImportedResource{{TypeName: req.TypeName, State: imported}}
	return out, nil
}

// nothing is a configuration that sets nothing.
func nothing(block *Block) tftypes.Value {
	out := map[string]tftypes.Value{}
	for _, a := range block.Attributes {
		out[a.Name] = null(a.Type)
	}
	for _, n := range block.Blocks {
		if n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle {
			out[n.Name] = null(n.valueType())
		} else {
			out[n.Name] = tftypes.NewValue(n.valueType(), []tftypes.Value{})
		}
	}
	return tftypes.NewValue(block.objectType(), out)
}

func (p *provider) MoveResourceState(_ context.Context, req *tfprotov5.MoveResourceStateRequest) (*tfprotov5.MoveResourceStateResponse, error) {
	return &tfprotov5.MoveResourceStateResponse{Diagnostics: failed("moving", fmt.Errorf("%s cannot come from another type", req.TargetTypeName))}, nil
}

func (p *provider) GenerateResourceConfig(_ context.Context, req *tfprotov5.GenerateResourceConfigRequest) (*tfprotov5.GenerateResourceConfigResponse, error) {
	return &tfprotov5.GenerateResourceConfigResponse{Diagnostics: failed("generating configuration", fmt.Errorf("not for %s", req.TypeName))}, nil
}

func (p *provider) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

func (p *provider) ReadDataSource(_ context.Context, req *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	out := &tfprotov5.ReadDataSourceResponse{}
	typ := p.table.Data[req.TypeName]
	if typ == nil {
		out.Diagnostics = failed("reading", fmt.Errorf("the stand-in has no data source %s: add it to examples/provider/schemas", req.TypeName))
		return out, nil
	}
	object := typ.Body.objectType()
	config, err := req.Config.Unmarshal(object)
	if err == nil {
		state := (&planner{typ: typ, settings: p.settings}).body(typ.Body, members(config), values{}, true, false)
		value := tftypes.NewValue(object, map[string]tftypes.Value(state))
		value, err = newApplier(typ, p.settings, value).apply(value)
		if err == nil {
			out.State, err = dynamic(object, value)
		}
	}
	if err != nil {
		out.Diagnostics = failed("reading "+req.TypeName, err)
	}
	return out, nil
}

func (p *provider) CallFunction(_ context.Context, req *tfprotov5.CallFunctionRequest) (*tfprotov5.CallFunctionResponse, error) {
	return &tfprotov5.CallFunctionResponse{Error: &tfprotov5.FunctionError{Text: "the stand-in has no function " + req.Name}}, nil
}

func (p *provider) GetFunctions(context.Context, *tfprotov5.GetFunctionsRequest) (*tfprotov5.GetFunctionsResponse, error) {
	return &tfprotov5.GetFunctionsResponse{Functions: map[string]*tfprotov5.Function{}}, nil
}

func (p *provider) ValidateEphemeralResourceConfig(context.Context, *tfprotov5.ValidateEphemeralResourceConfigRequest) (*tfprotov5.ValidateEphemeralResourceConfigResponse, error) {
	return &tfprotov5.ValidateEphemeralResourceConfigResponse{}, nil
}

func (p *provider) OpenEphemeralResource(_ context.Context, req *tfprotov5.OpenEphemeralResourceRequest) (*tfprotov5.OpenEphemeralResourceResponse, error) {
	return &tfprotov5.OpenEphemeralResourceResponse{Diagnostics: failed("opening", fmt.Errorf("the stand-in has no ephemeral resource %s", req.TypeName))}, nil
}

func (p *provider) RenewEphemeralResource(context.Context, *tfprotov5.RenewEphemeralResourceRequest) (*tfprotov5.RenewEphemeralResourceResponse, error) {
	return &tfprotov5.RenewEphemeralResourceResponse{}, nil
}

func (p *provider) CloseEphemeralResource(context.Context, *tfprotov5.CloseEphemeralResourceRequest) (*tfprotov5.CloseEphemeralResourceResponse, error) {
	return &tfprotov5.CloseEphemeralResourceResponse{}, nil
}
