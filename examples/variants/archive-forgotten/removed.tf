removed {
  from = aws_dsql_cluster.archive

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_s3_bucket.archive

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_sqs_queue.archive

  lifecycle {
    destroy = false
  }
}
