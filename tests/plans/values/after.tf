variable "password" {
  type      = string
  sensitive = true
  default   = "correct horse"
}

variable "plain" {
  type    = string
  default = "a root variable"
}

resource "terraform_data" "source" {
  input = "x"
}

resource "terraform_data" "known" {
  input = {
    text    = "a <b> \"c\" ö"
    whole   = 42
    big     = 123456789012345678901234567890
    small   = 0.1234567890123456789
    yes     = true
    nothing = null
    list    = ["a", "b"]
    "$dollar" = "escaped"
  }
}

resource "terraform_data" "unknown" {
  input = terraform_data.source.id
}

resource "terraform_data" "partly_unknown" {
  input = {
    list = ["a", terraform_data.source.id, { known = 1, unknown = terraform_data.source.id }]
    map  = { known = "x", unknown = terraform_data.source.id }
  }
}

resource "terraform_data" "sensitive" {
  input = var.password
}

resource "terraform_data" "partly_sensitive" {
  input = {
    user     = "admin"
    password = var.password
    list     = ["a", var.password]
    both     = [var.password, terraform_data.source.id]
  }
}

resource "terraform_data" "keys" {
  for_each = toset(["plain", "with.dot", "with \"quotes\"", "with[bracket]", "ö", "a\\b"])
  input    = each.key
}

resource "terraform_data" "counted" {
  count = 2
  input = count.index
}

output "known" {
  value = "x"
}

output "unknown" {
  value = terraform_data.source.id
}

output "partly_unknown" {
  value = [terraform_data.source.id, "x"]
}

output "sensitive" {
  value     = var.password
  sensitive = true
}
