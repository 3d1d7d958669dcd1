-- One statement a code: (line_id, expected, actual, amount). Figures only; orchestration/invoices/explain.py has the words.
-- {tolerance} is a join that gives each line its tolerances as `t`.

-- :: duplicate_invoice
SELECT r.line_id, f.number AS expected, r.number AS actual, r.net_amount AS amount
FROM rec_line r JOIN rec_invoice i ON i.invoice_id = r.invoice_id
JOIN rec_invoice e ON e.supplier_key = i.supplier_key AND e.normalised_number = i.normalised_number AND e.occurrence = 1
JOIN invoices_invoice f ON f.id = e.invoice_id
WHERE i.occurrence > 1 AND i.normalised_number <> '';

-- :: possible_duplicate
SELECT r.line_id, MIN(f.number) AS expected, r.number AS actual, r.net_amount AS amount
FROM rec_line r
JOIN rec_invoice later ON later.invoice_id = r.invoice_id
JOIN rec_invoice earlier
  ON earlier.supplier_key = later.supplier_key AND earlier.type_code = later.type_code
 AND earlier.currency = later.currency AND earlier.invoice_seq < later.invoice_seq
 AND earlier.normalised_number <> later.normalised_number
JOIN rec_signature a ON a.invoice_id = earlier.invoice_id
JOIN rec_signature b ON b.invoice_id = later.invoice_id
JOIN invoices_invoice f ON f.id = earlier.invoice_id
WHERE a.signature = b.signature
   OR (earlier.net = later.net AND {days_apart} <= 7
       AND ((earlier.period_start <= later.period_end AND later.period_start <= earlier.period_end)
            OR (earlier.period_start IS NULL AND later.period_start IS NULL)))
GROUP BY r.line_id, r.number, r.net_amount;

-- :: no_engagement
SELECT line_id, '' AS expected, '' AS actual, net_amount AS amount FROM rec_line WHERE engagement_id IS NULL;

-- :: outside_engagement
SELECT line_id, engagement_start || ' / ' || COALESCE(CAST(engagement_end AS TEXT), '') AS expected,
       period_start || ' / ' || period_end AS actual, net_amount AS amount
FROM rec_line
WHERE engagement_id IS NOT NULL
  AND (period_start < engagement_start OR period_end > engagement_end);

-- :: no_rate
SELECT r.line_id, r.category || ' / ' || r.per AS expected, CAST(q.unpriced_days AS TEXT) AS actual, r.net_amount AS amount
FROM rec_line r JOIN rec_rate q ON q.line_id = r.line_id WHERE q.unpriced_days > 0;

-- :: rate_above_contract
SELECT r.line_id, q.rate AS expected, r.price AS actual, (r.price - q.rate) * r.quantity AS amount
FROM rec_line r JOIN rec_rate q ON q.line_id = r.line_id {tolerance}
LEFT JOIN rec_order o ON o.line_id = r.line_id
WHERE q.unpriced_days = 0 AND q.currency_min = r.currency AND q.currency_max = r.currency
  AND COALESCE(o.currency, r.currency) = r.currency AND r.quantity > 0
  AND ROUND(r.price, 6) > ROUND(q.rate + CASE
        WHEN q.rate * t.unit_price_percent / 100.0 < t.unit_price_amount THEN q.rate * t.unit_price_percent / 100.0
        ELSE t.unit_price_amount END, 6);

-- :: time_missing
SELECT r.line_id, r.hours AS expected, 0 AS actual, r.net_amount AS amount
FROM rec_line r
WHERE r.engagement_id IS NOT NULL AND r.hours > 0
  AND NOT EXISTS (SELECT 1 FROM rec_time x WHERE x.line_id = r.line_id AND x.approved + x.submitted > 0);

-- :: time_not_approved
SELECT r.line_id, x.approved AS expected, r.hours AS actual,
       (r.hours - x.approved) / r.hours * r.net_amount AS amount
FROM rec_line r {tolerance}
JOIN (SELECT line_id, SUM(approved) AS approved, SUM(submitted) AS submitted FROM rec_time GROUP BY line_id) x
  ON x.line_id = r.line_id
WHERE r.hours > 0 AND ROUND(r.hours, 4) > ROUND(x.approved + t.quantity, 4) AND x.approved + x.submitted > 0
  AND ROUND(r.hours, 4) <= ROUND(x.approved + x.submitted + t.quantity, 4);

-- :: hours_above_approved
SELECT r.line_id, x.approved + x.submitted AS expected, r.hours AS actual,
       (r.hours - x.approved - x.submitted) / r.hours * r.net_amount AS amount
FROM rec_line r {tolerance}
JOIN (SELECT line_id, SUM(approved) AS approved, SUM(submitted) AS submitted FROM rec_time GROUP BY line_id) x
  ON x.line_id = r.line_id
WHERE r.hours > 0 AND x.approved + x.submitted > 0
  AND ROUND(r.hours, 4) > ROUND(x.approved + x.submitted + t.quantity, 4);

-- :: currency_mismatch
SELECT r.line_id,
       CASE WHEN q.currency_min <> r.currency THEN q.currency_min
            WHEN q.currency_max <> r.currency THEN q.currency_max
            ELSE o.currency END AS expected,
       r.currency AS actual, r.net_amount AS amount
FROM rec_line r
LEFT JOIN rec_rate q ON q.line_id = r.line_id
LEFT JOIN rec_order o ON o.line_id = r.line_id
WHERE q.currency_min <> r.currency OR q.currency_max <> r.currency OR o.currency <> r.currency;

-- :: order_missing
SELECT r.line_id, '' AS expected, r.order_name AS actual, r.net_amount AS amount
FROM rec_line r
WHERE r.order_name <> '' AND NOT EXISTS (SELECT 1 FROM rec_order o WHERE o.line_id = r.line_id);

-- :: order_expired
SELECT r.line_id,
       COALESCE(CAST(o.valid_from AS TEXT), '') || ' / ' || COALESCE(CAST(o.valid_to AS TEXT), '') AS expected,
       r.period_start || ' / ' || r.period_end AS actual, r.net_amount AS amount
FROM rec_line r JOIN rec_order o ON o.line_id = r.line_id
WHERE r.period_start < o.valid_from OR r.period_end > o.valid_to;

-- :: order_exceeded
SELECT r.line_id, o.amount AS expected, o.used AS actual, o.used - o.amount AS amount
FROM rec_line r JOIN rec_order o ON o.line_id = r.line_id
WHERE ROUND(o.used, 2) > ROUND(o.amount, 2) AND o.currency = r.currency;

-- :: arithmetic
SELECT r.line_id, r.quantity * r.price + r.allowances AS expected, r.net_amount AS actual,
       r.net_amount - r.quantity * r.price - r.allowances AS amount
FROM rec_line r {tolerance}
WHERE ROUND(ABS(r.quantity * r.price + r.allowances - r.net_amount), 4) > ROUND(t.line_amount * 1.0, 4)
   OR r.invoice_id IN (SELECT id FROM invoices_invoice WHERE sums_difference > t.document_amount);

-- :: tax
SELECT r.line_id, COALESCE(r.tax_category, '') AS expected, COALESCE(CAST(r.tax_rate AS TEXT), '') AS actual,
       r.net_amount AS amount
FROM rec_line r {tolerance}
WHERE r.invoice_id IN (SELECT id FROM invoices_invoice WHERE tax_difference > t.tax_amount)
   OR r.tax_rate < 0 OR r.tax_rate > 100
   OR (r.tax_category IN ('Z', 'E', 'AE', 'K', 'G', 'O') AND r.tax_rate > 0)
   OR (r.tax_category = 'S' AND r.tax_rate = 0);

-- :: payee_changed
SELECT r.line_id, '' AS expected, '' AS actual, r.net_amount AS amount
FROM rec_line r
WHERE r.payee_account_hash <> ''
  AND EXISTS (SELECT 1 FROM contributors_contributor c
              WHERE (c.id = r.supplier_id OR c.merged_into_id = r.supplier_id) AND c.bank_account_hash <> '')
  AND NOT EXISTS (SELECT 1 FROM contributors_contributor c
                  WHERE (c.id = r.supplier_id OR c.merged_into_id = r.supplier_id)
                    AND c.bank_account_hash = r.payee_account_hash);

-- :: supplier_blocked
SELECT r.line_id, '' AS expected, c.status AS actual, r.net_amount AS amount
FROM rec_line r JOIN contributors_contributor c ON c.id = r.supplier_id
WHERE c.status = 'suspended'
   OR c.id IN (SELECT subject_id FROM holds_hold WHERE subject_type = 'contributor' AND lifted_at IS NULL)
   OR c.id IN (SELECT f.contributor_id FROM policies_finding f JOIN policies_policy p ON p.id = f.policy_id
               WHERE f.closed_at IS NULL AND p.effect LIKE 'block%%');

-- :: contributor_not_cleared
SELECT r.line_id, MIN(i.title) AS expected, '' AS actual, r.net_amount AS amount
FROM rec_line r
JOIN engagements_engagement own ON own.id = r.engagement_id
JOIN engagements_engagement e ON e.contributor_id = own.contributor_id
JOIN onboarding_plan p ON p.engagement_id = e.id
JOIN onboarding_item i ON i.plan_id = p.id
WHERE i.blocks = 'pay' AND i.open_from <= r.last_day AND (i.done_on IS NULL OR i.done_on > r.first_day)
GROUP BY r.line_id, r.net_amount;
