-- Time recorded against time billed, for lines billed by hour or day under an hourly or daily engagement.
CREATE TEMPORARY TABLE rec_day AS
SELECT t.engagement_id, t.category, t.work_date,
       CAST(SUM(CASE WHEN t.status = 'approved' THEN ROUND(t.hours * 1000000) ELSE 0 END) AS BIGINT) AS approved_u,
       CAST(SUM(CASE WHEN t.status = 'submitted' THEN ROUND(t.hours * 1000000) ELSE 0 END) AS BIGINT) AS submitted_u
FROM timesheets_timeentry t
WHERE t.status IN ('approved', 'submitted')
  AND t.engagement_id IN (SELECT engagement_id FROM rec_line WHERE engagement_id IS NOT NULL)
GROUP BY t.engagement_id, t.category, t.work_date;
CREATE INDEX rec_day_place ON rec_day (engagement_id, category, work_date);

CREATE TEMPORARY TABLE rec_timed AS
SELECT l.line_id, l.seq, l.engagement_id, l.category, l.period_start, l.period_end, l.net_amount, l.price,
       CASE WHEN l.per = 'day' THEN l.day_hours ELSE 1.0 END AS unit_hours,
       CAST(ROUND(CASE WHEN l.quantity > 1000000 THEN 1000000 WHEN l.quantity < -1000000 THEN -1000000 ELSE l.quantity END
                  * CASE WHEN l.per = 'day' THEN l.day_hours ELSE 1.0 END * 1000000) AS BIGINT) AS billed_u,
       CAST(ROUND(l.quantity_slack * CASE WHEN l.per = 'day' THEN l.day_hours ELSE 1.0 END * 1000000) AS BIGINT) AS slack_u,
       CAST(COALESCE(t.approved_u, 0) AS BIGINT) AS approved_u, CAST(COALESCE(t.submitted_u, 0) AS BIGINT) AS submitted_u
FROM rec_line l
LEFT JOIN (
    SELECT l.line_id, SUM(d.approved_u) AS approved_u, SUM(d.submitted_u) AS submitted_u
    FROM rec_line l JOIN rec_day d ON d.engagement_id = l.engagement_id AND d.category = l.category
     AND d.work_date BETWEEN l.period_start AND l.period_end
    GROUP BY l.line_id
) t ON t.line_id = l.line_id
WHERE l.basis IN ('hourly', 'daily') AND l.per IN ('hour', 'day');
CREATE INDEX rec_timed_line ON rec_timed (line_id);

INSERT INTO rec_found (line_id, code, expected_n, actual_n, unit, amount)
SELECT line_id, 'time_missing', 0, billed_u / 1000000.0, 'hours', net_amount
FROM rec_timed WHERE billed_u > 0 AND approved_u + submitted_u = 0;

INSERT INTO rec_found (line_id, code, expected_n, actual_n, unit, amount)
SELECT line_id, 'time_not_approved', approved_u / 1000000.0, billed_u / 1000000.0, 'hours',
       (billed_u - approved_u) / 1000000.0 / unit_hours * price
FROM rec_timed
WHERE billed_u > approved_u + slack_u AND billed_u <= approved_u + submitted_u + slack_u AND approved_u + submitted_u > 0;

INSERT INTO rec_found (line_id, code, expected_n, actual_n, unit, amount)
SELECT line_id, 'hours_above_approved', (approved_u + submitted_u) / 1000000.0, billed_u / 1000000.0, 'hours',
       (billed_u - approved_u - submitted_u) / 1000000.0 / unit_hours * price
FROM rec_timed
WHERE billed_u > approved_u + submitted_u + slack_u AND approved_u + submitted_u > 0;

-- Hours can only be billed twice where periods of one engagement and category meet; those alone are claimed day by day.
CREATE TEMPORARY TABLE rec_contested AS
SELECT DISTINCT engagement_id, category FROM (
    SELECT engagement_id, category, period_start,
           MAX(period_end) OVER (PARTITION BY engagement_id, category ORDER BY period_start, seq
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest_end
    FROM rec_timed WHERE period_start IS NOT NULL AND approved_u > 0
) p WHERE period_start <= latest_end;
