-- What each engagement, allocation and request adds to a month, in millionths of hours and of money.
-- A working day holds weekly / 5 hours: hundredths x 2000 millionths.
INSERT INTO capacity_share (origin, origin_id, contributor_id, unit_id, month, kind,
                            capacity, demand, allocated, worked, cost, unpriced)
WITH away AS (
    SELECT p.contributor_id, a.start_date, a.end_date, CAST(ROUND(a.hours_per_day * 100) AS BIGINT) AS hours
    FROM timesheets_absence a JOIN cube_people p ON p.record_id = a.contributor_id
), away_days AS (
    SELECT t.engagement_id, t.contributor_id, d.month, d.date, t.weekly, CAST(SUM(a.hours) AS BIGINT) AS away
    FROM away a
    JOIN cube_terms t ON t.contributor_id = a.contributor_id AND t.weekly > 0
    JOIN cube_days d ON d.calendar_id = t.calendar_id AND d.working = 1
        AND d.date >= a.start_date AND d.date <= a.end_date AND d.date >= t.first AND d.date <= t.last
    GROUP BY t.engagement_id, t.contributor_id, d.month, d.date, t.weekly
), away_split AS (
    SELECT away_days.*, CAST(SUM(weekly) OVER (PARTITION BY contributor_id, date) AS BIGINT) AS total FROM away_days
), parts AS (
    SELECT t.engagement_id, m.month, t.weekly * 2000 * (b.upto_count - a.before_count) AS capacity, 0 AS worked, 0 AS cost, 0 AS unpriced
    FROM cube_terms t
    JOIN cube_months m ON m.calendar_id = t.calendar_id AND m.last >= t.first AND m.month <= t.last
    JOIN cube_days a ON a.calendar_id = t.calendar_id AND a.date = CASE WHEN t.first > m.month THEN t.first ELSE m.month END
    JOIN cube_days b ON b.calendar_id = t.calendar_id AND b.date = CASE WHEN t.last < m.last THEN t.last ELSE m.last END
    WHERE t.weekly > 0 AND t.first <= t.last
    UNION ALL
    SELECT engagement_id, month,
           -CASE WHEN away * 5 >= total THEN weekly * 2000 ELSE (away * 20000 * weekly + total) / (2 * total) END, 0, 0, 0
    FROM away_split
    UNION ALL
    SELECT engagement_id, month, 0, hours * 10000, 0, CASE WHEN paid_by = 'none' THEN hours * 10000 ELSE 0 END
    FROM cube_priced_time
    UNION ALL
    SELECT engagement_id, month, 0, hours, 0, CASE WHEN whole IS NULL THEN hours ELSE 0 END FROM cube_units
    UNION ALL
    SELECT engagement_id, month, 0, 0, cost, 0 FROM cube_costs
)
SELECT 'engagement', p.engagement_id, t.contributor_id, t.unit_id, p.month, t.kind,
       SUM(p.capacity), 0, 0, SUM(p.worked), SUM(p.cost), SUM(p.unpriced)
FROM parts p JOIN cube_terms t ON t.engagement_id = p.engagement_id
GROUP BY p.engagement_id, t.contributor_id, t.unit_id, p.month, t.kind;

INSERT INTO capacity_share (origin, origin_id, contributor_id, unit_id, month, kind,
                            capacity, demand, allocated, worked, cost, unpriced)
WITH plans AS (
    SELECT x.id, p.contributor_id, p.kind, x.unit_id, COALESCE(p.calendar_id, g.id) AS calendar_id,
           CASE WHEN x.start_date < w.first THEN w.first ELSE x.start_date END AS first,
           CASE WHEN x.end_date > w.last THEN w.last ELSE x.end_date END AS last,
           CAST(ROUND(x.weekly_hours * 100) AS BIGINT) AS weekly
    FROM timesheets_allocation x
    JOIN cube_people p ON p.record_id = x.contributor_id
    JOIN organisation_unit u ON u.id = x.unit_id
    JOIN organisation_calendar g ON g.country = COALESCE(p.country, NULLIF(u.country, ''), '--')
    CROSS JOIN cube_window w
), planned AS (
    SELECT t.*, m.month, t.weekly * 2000 * (b.upto_count - a.before_count) AS hours
    FROM plans t
    JOIN cube_months m ON m.calendar_id = t.calendar_id AND m.last >= t.first AND m.month <= t.last
    JOIN cube_days a ON a.calendar_id = t.calendar_id AND a.date = CASE WHEN t.first > m.month THEN t.first ELSE m.month END
    JOIN cube_days b ON b.calendar_id = t.calendar_id AND b.date = CASE WHEN t.last < m.last THEN t.last ELSE m.last END
    WHERE t.first <= t.last
)
SELECT 'allocation', id, contributor_id, unit_id, month, kind, 0, hours, hours, 0, 0, 0 FROM planned
