variable "db_password" {
  type = string
  sensitive = true
}
variable "database" { type = object({host=string, port=number}) }
variable "db_host" { type = string }
variable "all" { type = string }
variable "tls_key" { sensitive = true }
variable "session" {
  type = string
  ephemeral = true
}
resource "terraform_data" "one" {
  input = [var.db_password, var.database, var.tls_key, var.db_host]
  provisioner "local-exec" {
    command = "echo applying; sleep $${SECONDS_TO_SLEEP:-0}; echo $S"
    environment = { S = var.db_host }
  }
}
output "host" { value = var.database.host }
output "doc" { value = var.all }
