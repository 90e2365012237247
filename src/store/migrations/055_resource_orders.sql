-- the other orders of the list of resources, each with the number that tells equals apart, and with the state, so
-- that who looks for a rare one passes over the others within the index
CREATE INDEX resource_by_name ON resource (name, no, state)
--;
CREATE INDEX resource_by_lease ON resource (COALESCE(lease_last, 84005), no, state)
--;
CREATE INDEX resource_by_opening ON resource (COALESCE(opened_at, 0), no, state)
