# Planning itself fails: the tool saves a plan that says `errored`.
resource "aws_sqs_queue" "experiments" {
  name = "${local.name}-experiments"

  lifecycle {
    precondition {
      condition     = var.environment == "development"
      error_message = "Only in development."
    }
  }
}
