resource "terraform_data" "kept" {
  input = "same"
}

resource "terraform_data" "updated" {
  input = "one"
}

resource "terraform_data" "destroyed_first" {
  triggers_replace = ["one"]
}

resource "terraform_data" "created_first" {
  triggers_replace = ["one"]

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "deleted" {
  input = "gone"
}

resource "terraform_data" "old_name" {
  input = "moves"
}

resource "terraform_data" "forgotten" {
  input = "stays behind"
}

output "changed" {
  value = "one"
}

output "dropped" {
  value = "one"
}
