# What was called otherwise once. An environment whose state still has the old addresses is
# renamed in place by the next apply; take a block out when no state can have them.
moved {
  from = aws_sqs_queue.transcode
  to   = module.queue["transcode"].aws_sqs_queue.this
}

moved {
  from = aws_sqs_queue.transcode_dead
  to   = module.queue["transcode"].aws_sqs_queue.dead
}

moved {
  from = module.cleanup
  to   = module.janitor
}
