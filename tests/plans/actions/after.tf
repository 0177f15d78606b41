resource "terraform_data" "kept" {
  input = "same"
}

resource "terraform_data" "updated" {
  input = "two"
}

resource "terraform_data" "destroyed_first" {
  triggers_replace = ["two"]
}

resource "terraform_data" "created_first" {
  triggers_replace = ["two"]

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "created" {
  input = "new"
}

resource "terraform_data" "new_name" {
  input = "moves"
}

moved {
  from = terraform_data.old_name
  to   = terraform_data.new_name
}

removed {
  from = terraform_data.forgotten

  lifecycle {
    destroy = false
  }
}

import {
  to = terraform_data.imported
  id = "an-id"
}

resource "terraform_data" "imported" {
}

output "changed" {
  value = "two"
}

output "added" {
  value = "one"
}
