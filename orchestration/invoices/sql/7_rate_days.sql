-- Runs after rec_calendar holds the days of lines without time (day, is_working).
INSERT INTO rec_billed_day (line_id, day, weight)
SELECT line_id, day, 1 FROM (
    SELECT d.line_id, c.day, c.is_working, MAX(c.is_working) OVER (PARTITION BY d.line_id) AS has_working
    FROM rec_daily d JOIN rec_calendar c ON c.day BETWEEN d.first_day AND d.last_day
    WHERE NOT EXISTS (SELECT 1 FROM rec_billed_day b WHERE b.line_id = d.line_id)
) days WHERE is_working = has_working;

-- On each day the comparable rate with the latest start; a line's rate is the mean over its days by weight.
INSERT INTO rec_agreed (line_id, amount, days_without, days_compared, days, currency_low, currency_high)
SELECT line_id,
       CASE WHEN SUM(CASE WHEN amount IS NOT NULL THEN weight ELSE 0 END) > 0
            THEN ROUND(SUM(amount * weight * 1.0) / SUM(CASE WHEN amount IS NOT NULL THEN weight ELSE 0 END), 6) END,
       SUM(CASE WHEN rate_id IS NULL THEN 1 ELSE 0 END), SUM(CASE WHEN amount IS NOT NULL THEN 1 ELSE 0 END), COUNT(*),
       MIN(currency), MAX(currency)
FROM (
    SELECT b.line_id, b.day, b.weight, o.rate_id, o.amount, o.currency,
           ROW_NUMBER() OVER (
               PARTITION BY b.line_id, b.day
               ORDER BY CASE WHEN o.amount IS NULL THEN 1 ELSE 0 END, o.valid_from DESC, o.is_same_unit DESC, o.amount, o.currency
           ) AS place
    FROM rec_billed_day b
    LEFT JOIN rec_offer o ON o.line_id = b.line_id AND b.day >= o.valid_from AND (o.valid_to IS NULL OR b.day <= o.valid_to)
) days WHERE place = 1 GROUP BY line_id;

INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT l.line_id, 'no_rate', 'a rate for ' || l.category || ' on each day',
       a.days_without || ' of ' || a.days || ' days without', l.net_amount
FROM rec_agreed a JOIN rec_line l ON l.line_id = a.line_id WHERE a.days_without > 0;

INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT l.line_id, 'currency_mismatch', 'one currency',
       l.currency || COALESCE(', order ' || l.order_currency, '') || COALESCE(', rate ' || CASE
           WHEN a.currency_low <> l.currency THEN a.currency_low ELSE a.currency_high END, ''),
       l.net_amount
FROM rec_line l LEFT JOIN rec_agreed a ON a.line_id = l.line_id
WHERE l.order_currency <> l.currency OR a.currency_low <> l.currency OR a.currency_high <> l.currency;
CREATE INDEX rec_found_line ON rec_found (line_id, code);

-- The tolerance is the smaller of a share of the rate and an amount.
INSERT INTO rec_found (line_id, code, expected_n, actual_n, unit, amount)
SELECT l.line_id, 'rate_above_contract', ROUND(a.amount, 6), l.price, l.currency || ' per ' || l.per,
       (l.price - a.amount) * l.quantity
FROM rec_line l JOIN rec_agreed a ON a.line_id = l.line_id
WHERE l.quantity > 0 AND a.days_compared = a.days
  AND ROUND(l.price - a.amount
            - CASE WHEN a.amount * l.price_percent / 100.0 < l.price_slack THEN a.amount * l.price_percent / 100.0
                   ELSE l.price_slack END, 6) > 0
  AND NOT EXISTS (SELECT 1 FROM rec_found f WHERE f.line_id = l.line_id AND f.code IN ('no_rate', 'currency_mismatch'));
