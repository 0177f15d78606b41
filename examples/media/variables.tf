variable "environment" {
  description = "Where this runs: part of every name."
  type        = string
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
  description = "Whether somebody is told when it breaks."
  type        = bool
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

variable "log_retention_days" {
  type    = number
  default = 14
}

variable "signing_key" {
  description = "Signs the links to private media."
  type        = string
  sensitive   = true
  default     = "not-a-real-key"
}
