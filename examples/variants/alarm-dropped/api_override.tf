module "api" {
  alarms = var.alarms ? ["Errors"] : []
}
