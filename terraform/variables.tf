variable "environment" {
  description = "Which of the environments this is; everything is tagged with it."
  type        = string
}

variable "prefix" {
  description = "Begins every name, so that two environments can share an account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.prefix))
    error_message = "The prefix is up to ten lower case letters and digits: bucket names take nothing else."
  }
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "protection" {
  description = "Whether data survives a mistake: deletion protection on, nothing emptied by force, long recovery windows."
  type        = bool
}

variable "alarms" {
  description = "Who is told when it breaks: nobody (none), somebody when users notice it (critical), or also before (all)."
  type        = string

  validation {
    condition     = contains(["none", "critical", "all"], var.alarms)
    error_message = "One of none, critical and all."
  }
}

variable "release" {
  description = "The version of the functions' code in the artifacts bucket."
  type        = string
}

variable "queues" {
  description = "Work that is done later, by name, with the seconds that one message may take."
  type        = map(number)
  default = {
    notify    = 30
    transcode = 120
  }
}

variable "quotas" {
  description = "What one client of the API may ask for: requests a day, and requests a second with their burst."
  type = object({
    daily = number
    rate  = number
    burst = number
  })
}

variable "log_level" {
  type    = string
  default = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "One of DEBUG, INFO, WARN and ERROR."
  }
}

variable "log_retention_days" {
  type    = number
  default = 7
}

variable "signing_key" {
  description = "Signs the links to private media. In secrets.*.enc.yaml."
  type        = string
  sensitive   = true
}
