resource "terraform_data" "fine" {
  input = "x"
}

resource "terraform_data" "wrong" {
  input = "x"

  lifecycle {
    precondition {
      condition     = terraform_data.fine.input == "y"
      error_message = "It is not y."
    }
  }
}
