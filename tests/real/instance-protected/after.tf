resource "aws_launch_template" "worker" {
  name          = "worker"
  image_id      = "ami-0a1b2c3d4e5f60718"
  instance_type = "t3.micro"

  # What the instance gets from it.
  disable_api_termination = true

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type = "gp3"
      volume_size = 20
      encrypted   = true
    }
  }

  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_instance" "worker" {
  launch_template {
    id      = aws_launch_template.worker.id
    version = "$Latest"
  }
}
