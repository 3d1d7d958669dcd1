-- What was worked and what it costs, by engagement and month: hours and money in millionths, whole numbers throughout,
-- so that every database comes to the same sum.
-- Salaried time in standard hours is paid by the salary; other categories may have a rate of their own.
CREATE TEMP TABLE cube_priced_time AS
SELECT engagement_id, month, per, amount, weekly, whole, part, paid_by, CAST(SUM(hours) AS BIGINT) AS hours
FROM (
    SELECT x.engagement_id, s.month, CAST(ROUND(x.hours * 100) AS BIGINT) AS hours, r.per, r.amount, t.weekly, f.whole, f.part,
           CASE WHEN r.amount IS NOT NULL AND f.whole IS NOT NULL AND (r.per = 'hour' OR t.weekly > 0) THEN 'rate'
                WHEN t.basis = 'salaried' AND x.work_date BETWEEN t.first AND t.last AND EXISTS (
                    SELECT 1 FROM cube_rates p JOIN cube_exchange_days q ON q.currency = p.currency AND q.date = x.work_date
                    WHERE p.engagement_id = x.engagement_id AND p.family = 'salary' AND p.category = 'standard'
                      AND x.work_date BETWEEN p.first AND p.last) THEN 'salary'
                ELSE 'none' END AS paid_by
    FROM timesheets_timeentry x
    JOIN cube_terms t ON t.engagement_id = x.engagement_id
    JOIN cube_spine s ON s.date = x.work_date
    LEFT JOIN cube_rates r ON r.engagement_id = x.engagement_id AND r.family = 'time' AND r.category = x.category
        AND x.work_date BETWEEN r.first AND r.last AND NOT (t.basis = 'salaried' AND x.category = 'standard')
    LEFT JOIN cube_exchange_days f ON f.currency = r.currency AND f.date = x.work_date
    WHERE x.status = 'approved'
) priced
GROUP BY engagement_id, month, per, amount, weekly, whole, part, paid_by;

CREATE TEMP TABLE cube_units AS
SELECT x.engagement_id, s.month, r.amount, f.whole, f.part,
       CAST(SUM(CAST(ROUND(x.quantity * 100) AS BIGINT)) AS BIGINT) AS quantity,
       CASE WHEN t.kind = 'ai_agent' THEN (CAST(SUM(CAST(ROUND(x.standard_minutes * 100) AS BIGINT)) AS BIGINT) * 1000 + 3) / 6
            ELSE 0 END AS hours
FROM timesheets_workunit x
JOIN cube_terms t ON t.engagement_id = x.engagement_id
JOIN cube_spine s ON s.date = x.work_date
LEFT JOIN cube_rates r ON r.engagement_id = x.engagement_id AND r.family = 'each' AND r.category = 'standard'
    AND x.work_date BETWEEN r.first AND r.last
LEFT JOIN cube_exchange_days f ON f.currency = r.currency AND f.date = x.work_date
GROUP BY x.engagement_id, s.month, t.kind, r.amount, f.whole, f.part;

-- Salaries: the month's amount by the share of its working days in each stretch of one rate and one exchange rate.
CREATE TEMP TABLE cube_salaries AS
SELECT c.engagement_id, c.month, c.whole, c.part,
       (c.amount * 200 * (b.upto_count - a.before_count) + c.parts) / (2 * c.parts) AS amount
FROM (
    SELECT t.engagement_id, t.calendar_id, m.month, r.amount, f.whole, f.part,
           m.working * CASE WHEN r.per = 'year' THEN 12 ELSE 1 END AS parts,
           CASE WHEN t.first >= r.first AND t.first >= f.first THEN t.first
                WHEN r.first >= f.first THEN r.first ELSE f.first END AS first,
           CASE WHEN t.last <= r.last AND t.last <= f.last THEN t.last
                WHEN r.last <= f.last THEN r.last ELSE f.last END AS last
    FROM cube_terms t
    JOIN cube_rates r ON r.engagement_id = t.engagement_id AND r.family = 'salary' AND r.category = 'standard'
    JOIN cube_exchange f ON f.currency = r.currency AND f.last >= r.first AND f.first <= r.last
                        AND f.last >= t.first AND f.first <= t.last
    JOIN cube_months m ON m.calendar_id = t.calendar_id AND m.month = f.month AND m.working > 0
    WHERE t.basis = 'salaried' AND r.first <= t.last AND r.last >= t.first
) c
JOIN cube_days a ON a.calendar_id = c.calendar_id AND a.date = c.first
JOIN cube_days b ON b.calendar_id = c.calendar_id AND b.date = c.last;

-- Money in the reporting currency: n x (whole + part / 10^6) / 10^6, in pieces that stay within 64 bits.
CREATE TEMP TABLE cube_costs AS
WITH native AS (
    SELECT engagement_id, month, whole, part,
           CASE WHEN per = 'hour' THEN CAST(SUM(hours) AS BIGINT) * amount
                ELSE (CAST(SUM(hours) AS BIGINT) * amount * 1000 + weekly) / (2 * weekly) END AS n
    FROM cube_priced_time WHERE paid_by = 'rate'
    GROUP BY engagement_id, month, per, amount, weekly, whole, part
    UNION ALL
    SELECT engagement_id, month, whole, part, quantity * amount FROM cube_units WHERE whole IS NOT NULL
    UNION ALL
    SELECT engagement_id, month, whole, part, amount FROM cube_salaries
), split AS (
    SELECT engagement_id, month, whole, part, n / 1000000 AS units, n % 1000000 AS rest FROM native
)
SELECT engagement_id, month,
       CAST(SUM(units * whole + (rest * whole + units * part + (rest * part) / 1000000 + 500000) / 1000000) AS BIGINT) AS cost
FROM split GROUP BY engagement_id, month
