-- Time recorded against time billed, for lines billed by hour or day under an hourly or daily engagement.
-- Each line looks its days up by the index: joined as sets, every line would meet all days of its engagement first.
-- Engagement and category are one whole number (`place`): sorting and joining texts took half of the run.
CREATE TEMPORARY TABLE rec_day AS
SELECT place, work_date, CAST(ROUND(SUM(approved) * 1000000) AS BIGINT) AS approved_u,
       CAST(ROUND(SUM(submitted) * 1000000) AS BIGINT) AS submitted_u
FROM (
    SELECT engagement_id * 8 + CASE category WHEN 'standard' THEN 0 WHEN 'overtime' THEN 1 WHEN 'double_time' THEN 2 ELSE 3 END AS place,
           work_date, CASE WHEN status = 'approved' THEN hours ELSE 0 END AS approved,
           CASE WHEN status = 'submitted' THEN hours ELSE 0 END AS submitted
    FROM timesheets_timeentry
    WHERE status IN ('approved', 'submitted')
      AND engagement_id IN (SELECT engagement_id FROM rec_line WHERE engagement_id IS NOT NULL)
) t GROUP BY place, work_date;
CREATE INDEX rec_day_place ON rec_day (place, work_date);

CREATE TEMPORARY TABLE rec_timed AS
SELECT l.line_id, l.seq, l.place, l.period_start, l.period_end, l.net_amount, l.price,
       CASE WHEN l.per = 'day' THEN l.day_hours ELSE 1.0 END AS unit_hours,
       CAST(ROUND(CASE WHEN l.quantity > 1000000 THEN 1000000 WHEN l.quantity < -1000000 THEN -1000000 ELSE l.quantity END
                  * CASE WHEN l.per = 'day' THEN l.day_hours ELSE 1.0 END * 1000000) AS BIGINT) AS billed_u,
       CAST(ROUND(l.quantity_slack * CASE WHEN l.per = 'day' THEN l.day_hours ELSE 1.0 END * 1000000) AS BIGINT) AS slack_u,
       CAST(COALESCE((SELECT SUM(d.approved_u) FROM rec_day d WHERE d.place = l.place
                      AND d.work_date BETWEEN l.period_start AND l.period_end), 0) AS BIGINT) AS approved_u,
       CAST(COALESCE((SELECT SUM(d.submitted_u) FROM rec_day d WHERE d.place = l.place
                      AND d.work_date BETWEEN l.period_start AND l.period_end), 0) AS BIGINT) AS submitted_u
FROM rec_line l
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
SELECT DISTINCT place FROM (
    SELECT place, period_start,
           MAX(period_end) OVER (PARTITION BY place ORDER BY period_start, seq
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest_end
    FROM rec_timed WHERE period_start IS NOT NULL AND approved_u > 0
) p WHERE period_start <= latest_end;
