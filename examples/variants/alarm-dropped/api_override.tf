module "api" {
  alarms = local.alarmed ? ["Errors"] : []
}
