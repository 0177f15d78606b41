// Command terraform-provider-aws is a stand-in for the AWS provider: it serves
// the same resource schemas and plans as that provider does, and there is no
// cloud behind it. It exists so that the real core of OpenTofu and Terraform can
// write the example plans of this repository. It is not the AWS provider.
package main

import (
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
)

func main() {
	table, err := loadTable()
	if err != nil {
		log.Fatal(err)
	}
	cloud, err := loadCloud(os.Getenv("TOLLGATE_EXAMPLE_CLOUD"))
	if err != nil {
		log.Fatal(err)
	}
	server := &provider{table: table, cloud: cloud}
	err = tf5server.Serve("registry.terraform.io/hashicorp/aws", func() tfprotov5.ProviderServer { return server })
	if err != nil {
		log.Fatal(err)
	}
}
