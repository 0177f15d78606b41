# A stack that needs no cloud, no provider and no network: what Tollgate does from plan to
# destroy can be tried on it, and is tested on it. See README.md.
terraform {
  # The first version that both tools call their ephemeral variables supported.
  required_version = ">= 1.11"
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "release" {
  description = "What is deployed."
  type        = string
}

variable "shelves" {
  description = "The parts of the library; each holds data."
  type        = set(string)
}

variable "protection" {
  description = "Whether the library must be kept."
  type        = bool
}

# From secrets.*.enc.yaml: into the plan and the state, marked as sensitive there.
variable "db_password" {
  type      = string
  sensitive = true
}

# From the same file: into neither.
variable "deploy_token" {
  type      = string
  ephemeral = true
}

resource "terraform_data" "library" {
  for_each = var.shelves

  input = {
    name = "${var.prefix}-library-${each.key}"
    keep = var.protection
  }
}

# Made anew when the password changes. Not by `input`: what is given there comes back as `output`,
# without the mark.
resource "terraform_data" "connection" {
  input            = "${var.prefix}-library"
  triggers_replace = [var.db_password]
}

resource "terraform_data" "service" {
  input = {
    name    = "${var.prefix}-service"
    release = var.release
    shelves = [for shelf in terraform_data.library : shelf.output.name]
  }
}

# Done anew for every release. A provisioner is one of the few places that take an ephemeral value.
resource "terraform_data" "announcement" {
  triggers_replace = [var.release]

  provisioner "local-exec" {
    command     = "test $${#DEPLOY_TOKEN} -ge 16"
    environment = { DEPLOY_TOKEN = var.deploy_token }
  }
}

moved {
  from = terraform_data.app
  to   = terraform_data.service
}

output "service" {
  value = terraform_data.service.output.name
}

output "release" {
  value = var.release
}
