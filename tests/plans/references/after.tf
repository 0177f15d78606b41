variable "prefix" {
  default = "p"
}

resource "terraform_data" "queue" {
  for_each = toset(["in", "out"])
  input    = each.key
}

resource "terraform_data" "single" {
  input = "x"
}

locals {
  names = ["x"]
}

module "alarm" {
  source     = "./modules/alarm"
  queue_name = terraform_data.queue["in"].output
}

module "alarms" {
  source     = "./modules/alarm"
  for_each   = terraform_data.queue
  queue_name = each.value.output
  queues     = { one = terraform_data.single.id }
}

resource "terraform_data" "direct" {
  input = terraform_data.queue["in"].output
}

resource "terraform_data" "several" {
  input = "${terraform_data.single.output}-${terraform_data.queue["out"].id}"
}

resource "terraform_data" "through_output" {
  input = module.alarm.inner
}

resource "terraform_data" "through_output_of_argument" {
  input = module.alarm.passed_on
}

resource "terraform_data" "of_an_expanded_module" {
  input = module.alarms["in"].inner
}

resource "terraform_data" "each" {
  for_each = terraform_data.queue
  input    = each.value.output
}

resource "terraform_data" "counted" {
  count = length(local.names)
  input = count.index
}

resource "terraform_data" "not_followed" {
  input = [local.names, var.prefix, path.module]
}

resource "terraform_data" "constant" {
  input = "x"
}
