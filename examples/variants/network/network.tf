# A way in and a way out that cost more than everything else together.
resource "aws_vpc" "edge" {
  cidr_block = "10.30.0.0/16"
}

resource "aws_internet_gateway" "edge" {
  vpc_id = aws_vpc.edge.id
}

resource "aws_subnet" "public" {
  for_each = { a = "10.30.1.0/24", b = "10.30.2.0/24" }

  vpc_id                  = aws_vpc.edge.id
  cidr_block              = each.value
  availability_zone       = "${var.region}${each.key}"
  map_public_ip_on_launch = true
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.edge.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.edge.id
  }
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_eip" "nat" {
  domain = "vpc"

  tags = { Name = "${local.name}-nat" }
}

resource "aws_nat_gateway" "edge" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public["a"].id
}

resource "aws_lb" "media" {
  name                       = local.name
  subnets                    = [for subnet in aws_subnet.public : subnet.id]
  enable_deletion_protection = var.protection
}

resource "aws_lb_target_group" "media" {
  name     = local.name
  port     = 8080
  protocol = "HTTP"
  vpc_id   = aws_vpc.edge.id
}

resource "aws_lb_listener" "media" {
  load_balancer_arn = aws_lb.media.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.media.arn
  }
}

resource "aws_instance" "encoder" {
  ami                         = "ami-0123456789abcdef0"
  instance_type               = "t4g.small"
  subnet_id                   = aws_subnet.public["b"].id
  associate_public_ip_address = true
  disable_api_termination     = var.protection

  root_block_device {
    volume_type = "gp3"
    volume_size = 20
  }
}

resource "aws_ebs_volume" "scratch" {
  availability_zone = "${var.region}b"
  type              = "gp3"
  size              = 50
}
