prefix     = "prod"
release    = "1.0.0"
shelves    = ["fiction", "science"]
protection = true
