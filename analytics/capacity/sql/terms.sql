-- The terms in scope: engagements by the contributor that stands for all merged records, dates clipped to the window,
-- weekly hours in hundredths, and the calendar by which they count.
CREATE TEMP TABLE cube_people AS
SELECT r.id AS record_id, k.id AS contributor_id, k.kind, l.calendar_id,
       COALESCE(NULLIF(l.country, ''), NULLIF(k.country, '')) AS country,
       CASE WHEN k.kind IN ('vendor', 'partner') THEN 0 ELSE COALESCE(k.weekly_hours, r.weekly_hours, 0) END AS weekly_hours
FROM contributors_contributor r
JOIN contributors_contributor k ON k.id = COALESCE(r.merged_into_id, r.id)
JOIN cube_scope s ON s.contributor_id = k.id
LEFT JOIN organisation_location l ON l.id = k.location_id;

CREATE UNIQUE INDEX cube_people_record ON cube_people (record_id);

CREATE TEMP TABLE cube_terms AS
SELECT e.id AS engagement_id, p.contributor_id, p.kind, e.unit_id, e.basis, COALESCE(p.calendar_id, g.id) AS calendar_id,
       CASE WHEN e.start_date < w.first THEN w.first ELSE e.start_date END AS first,
       CASE WHEN e.end_date IS NULL OR e.end_date > w.last THEN w.last ELSE e.end_date END AS last,
       CAST(ROUND(COALESCE(e.weekly_hours, p.weekly_hours) * 100) AS BIGINT) AS weekly
FROM engagements_engagement e
JOIN cube_people p ON p.record_id = e.contributor_id
JOIN organisation_unit u ON u.id = e.unit_id
JOIN organisation_calendar g ON g.country = COALESCE(p.country, NULLIF(u.country, ''), '--')
CROSS JOIN cube_window w;

CREATE UNIQUE INDEX cube_terms_engagement ON cube_terms (engagement_id);

CREATE INDEX cube_terms_contributor ON cube_terms (contributor_id)
