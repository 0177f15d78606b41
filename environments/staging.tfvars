environment        = "staging"
prefix             = "stag"
release            = "1.5.0-rc.1"
protection         = false
alarms             = "none"
log_level          = "DEBUG"
log_retention_days = 3
quotas             = { daily = 1000, rate = 5, burst = 10 }
