variable "queue_name" {}

variable "queues" {
  default = {}
}

variable "left_out" {
  default = "x"
}

locals {
  prefix = "alarm"
}

resource "terraform_data" "queue" {
  input = "inner"
}

resource "terraform_data" "alarm" {
  input = {
    argument = var.queue_name
    local    = local.prefix
    default  = var.left_out
    path     = path.module
  }
}

resource "terraform_data" "each" {
  for_each = var.queues
  input    = each.value
}

output "inner" {
  value = terraform_data.queue.output
}

output "passed_on" {
  value = var.queue_name
}
