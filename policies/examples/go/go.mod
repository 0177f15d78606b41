module example.com/owner-tag

go 1.24
