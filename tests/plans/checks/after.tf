resource "terraform_data" "subject" {
  input = 1

  lifecycle {
    postcondition {
      condition     = self.id != ""
      error_message = "It has an id."
    }
  }
}

check "fails" {
  assert {
    condition     = terraform_data.subject.input > 2
    error_message = "One is not more than two."
  }
}

check "passes" {
  assert {
    condition     = terraform_data.subject.input < 2
    error_message = "Two is more than one."
  }
}

check "unknown" {
  assert {
    condition     = terraform_data.subject.id != ""
    error_message = "It has an id."
  }
}
