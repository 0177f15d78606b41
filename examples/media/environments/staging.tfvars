environment        = "staging"
protection         = false
alarms             = false
release            = "1.5.0-rc.1"
log_retention_days = 7
