package main

import "testing"

func TestTableLoads(t *testing.T) {
	table, err := loadTable()
	if err != nil {
		t.Fatal(err)
	}
	for name, typ := range table.Resources {
		seen := map[string]bool{}
		for _, a := range typ.Body.Attributes {
			if seen[a.Name] {
				t.Errorf("%s.%s is there twice", name, a.Name)
			}
			seen[a.Name] = true
		}
		if !seen["id"] && !typ.Framework {
			t.Errorf("%s has no id", name)
		}
	}
	t.Logf("%d resource types, %d data sources", len(table.Resources), len(table.Data))
}
