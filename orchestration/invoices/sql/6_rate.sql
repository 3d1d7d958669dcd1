-- The rate agreed for each line: first the many whose period one rate covers, then day by day for the rest.
CREATE TEMPORARY TABLE rec_rate AS
SELECT r.id AS rate_id, r.engagement_id, r.category, r.per, r.amount, r.currency, r.valid_from, r.valid_to
FROM engagements_rate r
WHERE r.engagement_id IN (SELECT engagement_id FROM rec_line WHERE engagement_id IS NOT NULL);
CREATE INDEX rec_rate_place ON rec_rate (engagement_id, category);

-- Every rate that meets a line's days, and its amount in the line's unit (NULL where the units do not compare).
CREATE TEMPORARY TABLE rec_offer AS
SELECT l.line_id, r.rate_id, r.currency, r.valid_from, r.valid_to, l.first_day, l.last_day,
       CASE WHEN r.per = l.per THEN 1 ELSE 0 END AS is_same_unit,
       CASE WHEN r.per = l.per THEN r.amount * 1.0
            WHEN r.per = 'hour' AND l.per = 'day' THEN r.amount * l.day_hours
            WHEN r.per = 'day' AND l.per = 'hour' THEN r.amount / l.day_hours END AS amount
FROM rec_line l JOIN rec_rate r ON r.engagement_id = l.engagement_id AND r.category = l.category
 AND r.valid_from <= l.last_day AND (r.valid_to IS NULL OR r.valid_to >= l.first_day);
CREATE INDEX rec_offer_line ON rec_offer (line_id);

CREATE TEMPORARY TABLE rec_agreed AS
SELECT line_id, MIN(amount) AS amount, 0 AS days_without, 1 AS days_compared, 1 AS days, MIN(currency) AS currency_low,
       MAX(currency) AS currency_high
FROM rec_offer GROUP BY line_id
HAVING COUNT(*) = 1 AND MIN(valid_from) <= MIN(first_day) AND (MIN(valid_to) IS NULL OR MIN(valid_to) >= MIN(last_day));
CREATE INDEX rec_agreed_line ON rec_agreed (line_id);

CREATE TEMPORARY TABLE rec_daily AS
SELECT l.line_id, l.place, l.first_day, l.last_day
FROM rec_line l WHERE l.engagement_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM rec_agreed a WHERE a.line_id = l.line_id);
CREATE INDEX rec_daily_line ON rec_daily (line_id);

-- Days billed: those with time, by their hours; without any the working days evenly, without those all days.
CREATE TEMPORARY TABLE rec_billed_day AS
SELECT d.line_id, t.work_date AS day, t.approved_u + t.submitted_u AS weight
FROM rec_daily d JOIN rec_day t ON t.place = d.place
 AND t.work_date BETWEEN d.first_day AND d.last_day
WHERE t.approved_u + t.submitted_u > 0;
CREATE INDEX rec_billed_day_line ON rec_billed_day (line_id);
