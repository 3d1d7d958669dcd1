-- Open requests from today on, less what allocations that name them cover, day by day but in stretches.
CREATE TEMP TABLE cube_served AS
SELECT DISTINCT x.id, r.object_id AS request_id, x.start_date, x.end_date, CAST(ROUND(x.weekly_hours * 100) AS BIGINT) AS weekly
FROM timesheets_allocation x
LEFT JOIN sources_sourcerecord own ON own.kind = 'allocations' AND own.object_id = x.id
JOIN sources_sourcerecord r ON r.kind = 'requests' AND r.object_id IS NOT NULL
JOIN sources_source s ON s.id = r.source_id
WHERE x.request <> '' AND (x.request = s.name || ':' || r.key OR (x.request = r.key AND own.source_id = r.source_id));

INSERT INTO capacity_share (origin, origin_id, contributor_id, unit_id, month, kind,
                            capacity, demand, allocated, worked, cost, unpriced)
WITH needs AS (
    SELECT q.id, q.unit_id, g.id AS calendar_id, CAST(ROUND(q.weekly_hours * 100) AS BIGINT) * q.headcount AS weekly,
           CASE WHEN q.start_date < w.today THEN w.today ELSE q.start_date END AS first,
           CASE WHEN q.end_date > w.last THEN w.last ELSE q.end_date END AS last
    FROM demand_request q
    JOIN organisation_unit u ON u.id = q.unit_id
    JOIN organisation_calendar g ON g.country = COALESCE(NULLIF(q.country, ''), NULLIF(u.country, ''), '--')
    CROSS JOIN cube_window w
    WHERE q.status = 'open' AND q.end_date >= w.today AND q.start_date <= w.last
), cuts AS (
    SELECT id, first AS day FROM needs
    UNION
    SELECT n.id, v.start_date FROM needs n JOIN cube_served v ON v.request_id = n.id AND v.start_date BETWEEN n.first AND n.last
    UNION
    SELECT n.id, s.next_date FROM needs n JOIN cube_served v ON v.request_id = n.id
    JOIN cube_spine s ON s.date = v.end_date WHERE v.end_date >= n.first AND v.end_date < n.last
), stretches AS (
    SELECT id, day AS first, LEAD(day) OVER (PARTITION BY id ORDER BY day) AS until FROM cuts
), uncovered AS (
    SELECT n.id, n.unit_id, n.calendar_id, t.first, COALESCE(s.previous_date, n.last) AS last,
           n.weekly - COALESCE((SELECT CAST(SUM(v.weekly) AS BIGINT) FROM cube_served v WHERE v.request_id = n.id
                                AND v.start_date <= t.first AND v.end_date >= t.first), 0) AS weekly
    FROM stretches t JOIN needs n ON n.id = t.id LEFT JOIN cube_spine s ON s.date = t.until
)
SELECT 'request', t.id, NULL, t.unit_id, m.month, '', 0, SUM(t.weekly * 2000 * (b.upto_count - a.before_count)), 0, 0, 0, 0
FROM uncovered t
JOIN cube_months m ON m.calendar_id = t.calendar_id AND m.last >= t.first AND m.month <= t.last
JOIN cube_days a ON a.calendar_id = t.calendar_id AND a.date = CASE WHEN t.first > m.month THEN t.first ELSE m.month END
JOIN cube_days b ON b.calendar_id = t.calendar_id AND b.date = CASE WHEN t.last < m.last THEN t.last ELSE m.last END
WHERE t.weekly > 0
GROUP BY t.id, t.unit_id, m.month
