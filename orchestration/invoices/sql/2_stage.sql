-- Everything the codes need of a line, once. Hours stand as whole millionths (suffix _u) and money sums as whole
-- cents (suffix _c): integers are exact on every engine.

CREATE TEMPORARY TABLE rec_invoice AS
SELECT c.invoice_id, c.supplier_id, c.supplier_key, i.number, i.normalised_number, i.type_code, i.issue_date,
       DAYS(i.issue_date) AS issue_number, i.currency, i.payee_account_hash, i.sums_difference, i.tax_difference,
       CAST(ROUND(COALESCE(i.tax_exclusive, SUM(l.net_amount)) * 100) AS BIGINT) AS net_c,
       COUNT(*) AS line_count,
       MIN(COALESCE(l.period_start, l.period_end)) AS period_start, MAX(COALESCE(l.period_end, l.period_start)) AS period_end,
       ROW_NUMBER() OVER (ORDER BY i.issue_date, i.number BYTEWISE, COALESCE(t.rank, 0), i.id) AS seq
FROM rec_scope c JOIN invoices_invoice i ON i.id = c.invoice_id
JOIN invoices_invoiceline l ON l.invoice_id = i.id
LEFT JOIN rec_tie t ON t.invoice_id = i.id
GROUP BY c.invoice_id, c.supplier_id, c.supplier_key, i.number, i.normalised_number, i.type_code, i.issue_date,
         i.currency, i.payee_account_hash, i.sums_difference, i.tax_difference, i.tax_exclusive, i.id, t.rank;
CREATE INDEX rec_invoice_id ON rec_invoice (invoice_id);

-- Orders by every name they go by, for the supplier whoever it was merged into.
CREATE TEMPORARY TABLE rec_order AS
SELECT w.who_id AS supplier_id, o.number, o.id AS order_id, o.currency, o.amount, o.valid_from, o.valid_to,
       ROW_NUMBER() OVER (PARTITION BY w.who_id, o.number ORDER BY o.valid_from, o.amount, o.currency, o.id) AS place
FROM engagements_purchaseorder o JOIN rec_who w ON w.member_id = o.supplier_id;
DELETE FROM rec_order WHERE place > 1;
CREATE TEMPORARY TABLE rec_order_name AS
SELECT supplier_id, number AS text, order_id FROM rec_order
UNION
SELECT o.supplier_id, s.name || ':' || o.number, o.order_id FROM rec_order o CROSS JOIN sources_source s;
CREATE INDEX rec_order_name_text ON rec_order_name (supplier_id, text);
CREATE INDEX rec_order_id ON rec_order (order_id);

-- Tolerances: an order's before a unit's before a supplier's before everyone's; the latest written of equals.
CREATE TEMPORARY TABLE rec_tolerance AS
SELECT CASE WHEN order_number <> '' THEN 'order' WHEN unit_id IS NOT NULL THEN 'unit'
            WHEN supplier_id IS NOT NULL THEN 'supplier' ELSE 'all' END AS sort,
       CASE WHEN order_number <> '' THEN order_number WHEN unit_id IS NOT NULL THEN CAST(unit_id AS TEXT)
            WHEN supplier_id IS NOT NULL THEN CAST(w.who_id AS TEXT) ELSE '' END AS place, MAX(t.id) AS tolerance_id
FROM invoices_tolerance t LEFT JOIN rec_who w ON w.member_id = t.supplier_id
GROUP BY 1, 2;

CREATE TEMPORARY TABLE rec_line AS
SELECT ROW_NUMBER() OVER (ORDER BY i.issue_date, i.number BYTEWISE, l.position, i.seq) AS seq,
       l.id AS line_id, i.invoice_id, i.supplier_id, i.supplier_key, i.currency, i.issue_date,
       l.engagement_id, e.contributor_id AS engaged_id, e.basis, e.unit_id, e.start_date, e.end_date,
       l.engagement_id * 8 + CASE l.category
           WHEN 'standard' THEN 0 WHEN 'overtime' THEN 1 WHEN 'double_time' THEN 2 ELSE 3 END AS place,
       l.contributor_id, l.engagement_text, l.contributor_text,
       COALESCE(l.period_start, l.period_end) AS period_start, COALESCE(l.period_end, l.period_start) AS period_end,
       COALESCE(l.period_start, l.period_end, i.issue_date) AS first_day,
       COALESCE(l.period_end, l.period_start, i.issue_date) AS last_day,
       l.category, l.quantity, l.per, l.tax_rate, l.tax_category, l.net_amount,
       CAST(ROUND(l.net_amount * 100) AS BIGINT) AS net_c,
       ROUND(l.unit_price * 1.0 / CASE WHEN l.base_quantity = 0 THEN 1 ELSE l.base_quantity END, 6) AS price,
       ROUND(l.quantity * 1.0 * l.unit_price / CASE WHEN l.base_quantity = 0 THEN 1 ELSE l.base_quantity END
             + l.allowances - l.net_amount, 6) AS net_difference,
       COALESCE(NULLIF(e.weekly_hours, 0), NULLIF(p.weekly_hours, 0), 40) * 1.0 / 5 AS day_hours,
       COALESCE(NULLIF(l.order_text, ''), e.purchase_order, '') AS order_text,
       n.order_id, o.currency AS order_currency, o.amount AS order_amount, o.valid_from, o.valid_to,
       COALESCE(t.unit_price_percent, 1) AS price_percent, COALESCE(t.unit_price_amount, 1) AS price_slack,
       COALESCE(t.quantity, 0) AS quantity_slack, COALESCE(t.line_amount, 0.02) AS line_slack,
       COALESCE(t.document_amount, 0.05) AS document_slack, COALESCE(t.tax_amount, 0.05) AS tax_slack
FROM rec_invoice i
JOIN invoices_invoiceline l ON l.invoice_id = i.invoice_id
LEFT JOIN engagements_engagement e ON e.id = l.engagement_id
LEFT JOIN contributors_contributor p ON p.id = e.contributor_id
LEFT JOIN rec_order_name n ON n.supplier_id = i.supplier_id
      AND n.text = COALESCE(NULLIF(l.order_text, ''), e.purchase_order)
LEFT JOIN rec_order o ON o.order_id = n.order_id
LEFT JOIN rec_tolerance ord ON ord.sort = 'order' AND ord.place = o.number
LEFT JOIN rec_tolerance uni ON uni.sort = 'unit' AND uni.place = CAST(e.unit_id AS TEXT)
LEFT JOIN rec_tolerance sup ON sup.sort = 'supplier' AND sup.place = CAST(i.supplier_id AS TEXT)
LEFT JOIN rec_tolerance eve ON eve.sort = 'all'
LEFT JOIN invoices_tolerance t
       ON t.id = COALESCE(ord.tolerance_id, uni.tolerance_id, sup.tolerance_id, eve.tolerance_id);
CREATE INDEX rec_line_id ON rec_line (line_id);
CREATE INDEX rec_line_invoice ON rec_line (invoice_id);
CREATE INDEX rec_line_engagement ON rec_line (engagement_id, category);

-- What is found: figures as numbers (expected_n, actual_n in `unit`) or as words, and the money at stake.
CREATE TEMPORARY TABLE rec_found (
    line_id BIGINT, code VARCHAR(30), expected TEXT, actual TEXT,
    expected_n NUMERIC, actual_n NUMERIC, unit TEXT, amount NUMERIC
);
