-- the sealed record by what it is narrowed by, each in the order of time; what waits for the sealer
-- is in none of them, so that writing an event costs nothing more
CREATE INDEX event_at ON event (at, pos) WHERE pos IS NOT NULL
--;
CREATE INDEX event_person ON event (person, at, pos) WHERE pos IS NOT NULL
--;
CREATE INDEX event_kind ON event (kind, at, pos) WHERE pos IS NOT NULL
--;
CREATE INDEX event_object ON event (object_id) WHERE pos IS NOT NULL
