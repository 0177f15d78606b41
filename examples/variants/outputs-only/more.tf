output "queue_count" {
  value = length(var.queues)
}
