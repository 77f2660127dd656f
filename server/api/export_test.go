package api

// Routes are the routes of the contract, as "METHOD /path".
func (a *API) Routes() (all []string) {
	for _, rt := range a.routes {
		all = append(all, rt.method+" /api/"+rt.path)
	}
	return all
}

// Undescribed are descriptions that belong to no route.
func (a *API) Undescribed() (left []string) {
	for key := range described {
		found := false
		for _, rt := range a.routes {
			found = found || rt.method+" "+rt.path == key
		}
		if !found {
			left = append(left, key)
		}
	}
	return left
}
