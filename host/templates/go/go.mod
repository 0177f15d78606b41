module POLICY_NAME

go 1.21
