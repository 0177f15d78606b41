module github.com/your-organisation/tollgate/policies/helpers/go

go 1.21
