environment        = "production"
protection         = true
alarms             = true
release            = "1.4.0"
log_retention_days = 30
