prefix     = "stag"
release    = "1.1.0"
shelves    = ["fiction", "science"]
protection = false
