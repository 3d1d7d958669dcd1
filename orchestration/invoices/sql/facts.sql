-- Facts that every code is judged by, one row a line, in temporary tables. One text for PostgreSQL and SQLite;
-- {days_apart} is the only expression that differs between them.

-- :: clear
DROP TABLE IF EXISTS rec_target;
DROP TABLE IF EXISTS rec_found;
DROP TABLE IF EXISTS rec_line;
DROP TABLE IF EXISTS rec_invoice;
DROP TABLE IF EXISTS rec_time;
DROP TABLE IF EXISTS rec_billed;
DROP TABLE IF EXISTS rec_rate;
DROP TABLE IF EXISTS rec_order;

-- :: target
-- 1. What the texts of invoices name: (what, invoice or line) -> object, by key of the same source, by
--    other_source:key, or, for documents that come from no source, by a key that only one object has.
CREATE TEMPORARY TABLE rec_target AS
WITH named(what, subject_id, source_id, kind, reference) AS (
    SELECT 'supplier', id, source_id, 'contributors', supplier_text FROM invoices_invoice
    UNION ALL
    SELECT 'engagement', l.id, i.source_id, 'engagements', l.engagement_text
    FROM invoices_invoiceline l JOIN invoices_invoice i ON i.id = l.invoice_id WHERE l.engagement_text <> ''
    UNION ALL
    SELECT 'contributor', l.id, i.source_id, 'contributors', l.contributor_text
    FROM invoices_invoiceline l JOIN invoices_invoice i ON i.id = l.invoice_id WHERE l.contributor_text <> ''
),
hit(what, subject_id, object_id, strength) AS (
    SELECT n.what, n.subject_id, r.object_id, 1
    FROM named n JOIN sources_sourcerecord r ON r.source_id = n.source_id AND r.kind = n.kind AND r.key = n.reference
    WHERE r.object_id IS NOT NULL
    UNION ALL
    SELECT n.what, n.subject_id, r.object_id, 2
    FROM named n
    JOIN sources_source s ON substr(n.reference, 1, length(s.name) + 1) = s.name || ':'
    JOIN sources_sourcerecord r
      ON r.source_id = s.id AND r.kind = n.kind AND r.key = substr(n.reference, length(s.name) + 2)
    WHERE r.object_id IS NOT NULL
    UNION ALL
    SELECT n.what, n.subject_id, r.object_id, 3
    FROM named n JOIN sources_sourcerecord r ON n.source_id IS NULL AND r.kind = n.kind AND r.key = n.reference
    WHERE r.object_id IS NOT NULL
    UNION ALL
    -- A supplier's e-invoice: by VAT or tax number, else by its exact name.
    SELECT 'supplier', i.id, c.id, 4
    FROM invoices_invoice i JOIN contributors_contributor c ON c.tax_id_hash = i.supplier_tax_hash
    WHERE i.supplier_tax_hash <> '' AND c.kind IN ('vendor', 'partner', 'contractor')
    UNION ALL
    SELECT 'supplier', i.id, c.id, 5
    FROM invoices_invoice i JOIN contributors_contributor c ON lower(c.name) = lower(i.supplier_text)
    WHERE c.kind IN ('vendor', 'partner', 'contractor')
),
canonical(what, subject_id, object_id, strength) AS (
    SELECT h.what, h.subject_id,
           CASE WHEN h.what = 'engagement' THEN h.object_id ELSE COALESCE(c.merged_into_id, c.id) END, h.strength
    FROM hit h LEFT JOIN contributors_contributor c ON c.id = h.object_id AND h.what <> 'engagement'
),
strongest AS (
    SELECT what, subject_id, MIN(strength) AS strength FROM canonical GROUP BY what, subject_id
)
SELECT c.what, c.subject_id, MIN(c.object_id) AS object_id
FROM canonical c JOIN strongest s ON s.what = c.what AND s.subject_id = c.subject_id AND s.strength = c.strength
GROUP BY c.what, c.subject_id
HAVING COUNT(DISTINCT c.object_id) = 1;
CREATE INDEX rec_target_subject ON rec_target (what, subject_id);

-- :: found
-- 2. The engagement of each line: the one named if it is the supplier's; else the only one of that supplier and
--    contributor that overlaps the period.
CREATE TEMPORARY TABLE rec_found AS
WITH terms AS (
    SELECT e.id, e.start_date, e.end_date, COALESCE(c.merged_into_id, c.id) AS contributor_id,
           COALESCE(s.merged_into_id, s.id, f.merged_into_id, f.id, c.merged_into_id, c.id) AS supplier_id
    FROM engagements_engagement e
    JOIN contributors_contributor c ON c.id = e.contributor_id
    LEFT JOIN contributors_contributor s ON s.id = e.supplier_id
    LEFT JOIN contributors_contributor f ON f.id = c.supplier_id
),
line AS (
    SELECT l.id, i.issue_date, l.period_start, l.period_end, sup.object_id AS supplier_id,
           eng.object_id AS named_id, con.object_id AS contributor_id
    FROM invoices_invoiceline l
    JOIN invoices_invoice i ON i.id = l.invoice_id
    LEFT JOIN rec_target sup ON sup.what = 'supplier' AND sup.subject_id = i.id
    LEFT JOIN rec_target eng ON eng.what = 'engagement' AND eng.subject_id = l.id
    LEFT JOIN rec_target con ON con.what = 'contributor' AND con.subject_id = l.id
),
named AS (
    SELECT l.id AS line_id, t.id AS engagement_id
    FROM line l JOIN terms t ON t.id = l.named_id AND (l.supplier_id IS NULL OR t.supplier_id = l.supplier_id)
),
guessed AS (
    SELECT l.id AS line_id, MIN(t.id) AS engagement_id
    FROM line l
    JOIN terms t ON t.supplier_id = l.supplier_id AND t.contributor_id = l.contributor_id
     AND t.start_date <= COALESCE(l.period_end, l.issue_date)
     AND (t.end_date IS NULL OR t.end_date >= COALESCE(l.period_start, l.issue_date))
    WHERE NOT EXISTS (SELECT 1 FROM named n WHERE n.line_id = l.id)
    GROUP BY l.id HAVING COUNT(*) = 1
)
SELECT l.id AS line_id, l.supplier_id, COALESCE(n.engagement_id, g.engagement_id) AS engagement_id,
       COALESCE(t.contributor_id, l.contributor_id) AS contributor_id
FROM line l
LEFT JOIN named n ON n.line_id = l.id
LEFT JOIN guessed g ON g.line_id = l.id
LEFT JOIN terms t ON t.id = COALESCE(n.engagement_id, g.engagement_id);
CREATE INDEX rec_found_line ON rec_found (line_id);

-- :: keep_supplier
UPDATE invoices_invoice SET supplier_id = t.object_id
FROM (
    SELECT i.id, t.object_id FROM invoices_invoice i
    LEFT JOIN rec_target t ON t.what = 'supplier' AND t.subject_id = i.id
    WHERE i.supplier_id IS DISTINCT FROM t.object_id
) t WHERE t.id = invoices_invoice.id;

-- :: keep_engagement
UPDATE invoices_invoiceline SET engagement_id = f.engagement_id, contributor_id = f.contributor_id
FROM rec_found f
WHERE f.line_id = invoices_invoiceline.id
  AND (invoices_invoiceline.engagement_id IS DISTINCT FROM f.engagement_id
       OR invoices_invoiceline.contributor_id IS DISTINCT FROM f.contributor_id);

-- :: line
-- 3. One row a line, numbered in the order that "earlier" means: issue date, invoice number, line.
CREATE TEMPORARY TABLE rec_line AS
SELECT l.id AS line_id, i.id AS invoice_id, i.supplier_id,
       CASE WHEN i.supplier_id IS NULL THEN 'text:' || i.supplier_text ELSE 'id:' || i.supplier_id END AS supplier_key,
       i.number, i.normalised_number, i.type_code, i.issue_date, i.currency, l.engagement_id, l.contributor_id,
       l.period_start, l.period_end,
       COALESCE(l.period_start, i.issue_date) AS first_day, COALESCE(l.period_end, i.issue_date) AS last_day,
       l.category, l.quantity, l.per, l.unit_price, l.base_quantity, l.allowances, l.net_amount,
       l.tax_rate, l.tax_category, e.basis, e.unit_id,
       e.start_date AS engagement_start, e.end_date AS engagement_end,
       COALESCE(e.weekly_hours, c.weekly_hours, 40) / 5.0 AS day_hours,
       CASE l.per WHEN 'hour' THEN l.quantity * 1.0
                  WHEN 'day' THEN l.quantity * COALESCE(e.weekly_hours, c.weekly_hours, 40) / 5.0 END AS hours,
       CASE WHEN l.base_quantity = 0 THEN l.unit_price ELSE l.unit_price / l.base_quantity END AS price,
       COALESCE(NULLIF(l.order_text, ''), e.purchase_order, '') AS order_name,
       i.payee_account_hash, i.tax_exclusive,
       ROW_NUMBER() OVER (
           ORDER BY i.issue_date, i.number, i.supplier_text, i.type_code, i.currency, l.position, l.net_amount, l.id
       ) AS seq,
       DENSE_RANK() OVER (
           ORDER BY i.issue_date, i.number, i.supplier_text, i.type_code, i.currency, i.tax_exclusive, i.id
       ) AS invoice_seq
FROM invoices_invoiceline l
JOIN invoices_invoice i ON i.id = l.invoice_id
LEFT JOIN engagements_engagement e ON e.id = l.engagement_id
LEFT JOIN contributors_contributor c ON c.id = e.contributor_id;
CREATE INDEX rec_line_line ON rec_line (line_id);
CREATE INDEX rec_line_engagement ON rec_line (engagement_id);

-- :: invoice
-- 4. One row an invoice: its net total and its period.
CREATE TEMPORARY TABLE rec_invoice AS
SELECT invoice_id, supplier_key, normalised_number, type_code, currency, issue_date, invoice_seq,
       ROUND(COALESCE(MIN(tax_exclusive), SUM(net_amount)), 2) AS net,
       MIN(period_start) AS period_start, MAX(period_end) AS period_end,
       ROW_NUMBER() OVER (PARTITION BY supplier_key, normalised_number ORDER BY invoice_seq) AS occurrence
FROM rec_line
GROUP BY invoice_id, supplier_key, normalised_number, type_code, currency, issue_date, invoice_seq;
CREATE INDEX rec_invoice_net ON rec_invoice (supplier_key, net);

-- :: time
-- 5. Hours that stand in engagement, period and category, day by day.
CREATE TEMPORARY TABLE rec_time AS
SELECT r.line_id, t.work_date AS day,
       SUM(CASE WHEN t.status = 'approved' THEN t.hours ELSE 0 END) AS approved,
       SUM(CASE WHEN t.status = 'submitted' THEN t.hours ELSE 0 END) AS submitted
FROM rec_line r
JOIN timesheets_timeentry t ON t.engagement_id = r.engagement_id AND t.category = r.category
 AND t.work_date >= r.first_day AND t.work_date <= r.last_day AND t.status IN ('approved', 'submitted')
GROUP BY r.line_id, t.work_date;
CREATE INDEX rec_time_line ON rec_time (line_id);

-- :: billed
-- 6. The days billed and their weight: by hours where time stands, else evenly over weekdays, else over all days.
CREATE TEMPORARY TABLE rec_billed AS
WITH timed AS (
    SELECT line_id, day, approved + submitted AS weight FROM rec_time WHERE approved + submitted > 0
),
bare AS (
    SELECT r.line_id, r.first_day, r.last_day,
           EXISTS (SELECT 1 FROM rec_day d WHERE d.day >= r.first_day AND d.day <= r.last_day AND d.weekday = 1) AS has_weekday
    FROM rec_line r
    WHERE r.engagement_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM timed t WHERE t.line_id = r.line_id)
)
SELECT line_id, day, weight FROM timed
UNION ALL
SELECT b.line_id, d.day, 1
FROM bare b JOIN rec_day d ON d.day >= b.first_day AND d.day <= b.last_day AND (d.weekday = 1 OR NOT b.has_weekday);
CREATE INDEX rec_billed_line ON rec_billed (line_id);

-- :: rate
-- 7. The rate of each day billed (latest valid_from; hour and day convert), weighted over the days.
CREATE TEMPORARY TABLE rec_rate AS
WITH daily AS (
    SELECT b.line_id, b.day, b.weight, q.currency,
           CASE WHEN q.per = r.per THEN q.amount * 1.0
                WHEN q.per = 'hour' THEN q.amount * r.day_hours
                WHEN r.day_hours > 0 THEN q.amount * 1.0 / r.day_hours END AS price,
           ROW_NUMBER() OVER (
               PARTITION BY b.line_id, b.day
               ORDER BY q.valid_from DESC, CASE WHEN q.per = r.per THEN 0 ELSE 1 END, q.id
           ) AS choice
    FROM rec_billed b
    JOIN rec_line r ON r.line_id = b.line_id
    LEFT JOIN engagements_rate q ON q.engagement_id = r.engagement_id AND q.category = r.category
     AND q.valid_from <= b.day AND (q.valid_to IS NULL OR q.valid_to >= b.day)
     AND (q.per = r.per OR (q.per IN ('hour', 'day') AND r.per IN ('hour', 'day')))
)
SELECT line_id, SUM(CASE WHEN price IS NULL THEN 1 ELSE 0 END) AS unpriced_days,
       SUM(weight * price) / NULLIF(SUM(CASE WHEN price IS NULL THEN 0 ELSE weight END), 0) AS rate,
       MIN(currency) AS currency_min, MAX(currency) AS currency_max
FROM daily WHERE choice = 1 GROUP BY line_id;
CREATE INDEX rec_rate_line ON rec_rate (line_id);

-- :: order
-- 8. The order of each line, looked up with its supplier, and what it has been used for up to this line.
CREATE TEMPORARY TABLE rec_order AS
WITH known AS (
    SELECT o.id, o.number, o.currency, o.amount, o.valid_from, o.valid_to,
           COALESCE(c.merged_into_id, c.id) AS supplier_id,
           ROW_NUMBER() OVER (PARTITION BY COALESCE(c.merged_into_id, c.id), o.number ORDER BY o.id) AS choice
    FROM engagements_purchaseorder o JOIN contributors_contributor c ON c.id = o.supplier_id
)
SELECT r.line_id, o.id AS order_id, o.number, o.currency, o.amount, o.valid_from, o.valid_to,
       SUM(CASE WHEN o.currency = r.currency THEN r.net_amount ELSE 0 END)
           OVER (PARTITION BY o.id ORDER BY r.seq ROWS UNBOUNDED PRECEDING) AS used
FROM rec_line r
JOIN known o ON o.supplier_id = r.supplier_id AND o.choice = 1
 AND (o.number = r.order_name OR EXISTS (
        SELECT 1 FROM sources_source s WHERE r.order_name = s.name || ':' || o.number));
CREATE INDEX rec_order_line ON rec_order (line_id);
