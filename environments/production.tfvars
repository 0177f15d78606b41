environment        = "production"
prefix             = "prod"
release            = "1.4.0"
protection         = true
alarms             = "critical"
log_level          = "INFO"
log_retention_days = 7
quotas             = { daily = 20000, rate = 20, burst = 50 }
