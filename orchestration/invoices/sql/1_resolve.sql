-- Who and what invoices name. Answers are computed afresh from the facts, so no order of arrival matters.
-- Macros: DAYS(x) is a day's number, TEXTS(x, y) joins texts, BYTEWISE sorts as bytes on every engine.

-- A contributor and all merged into it are one.
CREATE TEMPORARY TABLE rec_who AS
SELECT id AS member_id, COALESCE(merged_into_id, id) AS who_id FROM contributors_contributor;
CREATE INDEX rec_who_member ON rec_who (member_id);

-- Every name of a contributor or engagement: plain within its source, `source:key` anywhere.
CREATE TEMPORARY TABLE rec_name AS
SELECT r.kind, r.source_id, r.key AS plain, s.name || ':' || r.key AS full_name, r.object_id
FROM sources_sourcerecord r JOIN sources_source s ON s.id = r.source_id
WHERE r.kind IN ('contributors', 'engagements') AND r.object_id IS NOT NULL;
CREATE INDEX rec_name_plain ON rec_name (kind, plain);
CREATE INDEX rec_name_full ON rec_name (kind, full_name);

-- Names that only one has, for texts without a source: over all sources, tax numbers, names of firms.
CREATE TEMPORARY TABLE rec_unique AS
SELECT 'engagement' AS sort, plain AS text, MIN(object_id) AS object_id
FROM rec_name WHERE kind = 'engagements' GROUP BY plain HAVING COUNT(DISTINCT object_id) = 1
UNION ALL
SELECT 'contributor', n.plain, MIN(w.who_id)
FROM rec_name n JOIN rec_who w ON w.member_id = n.object_id
WHERE n.kind = 'contributors' GROUP BY n.plain HAVING COUNT(DISTINCT w.who_id) = 1
UNION ALL
SELECT 'tax', c.tax_id_hash, MIN(w.who_id)
FROM contributors_contributor c JOIN rec_who w ON w.member_id = c.id
WHERE c.tax_id_hash <> '' GROUP BY c.tax_id_hash HAVING COUNT(DISTINCT w.who_id) = 1
UNION ALL
SELECT 'firm', c.name, MIN(w.who_id)
FROM contributors_contributor c JOIN rec_who w ON w.member_id = c.id
WHERE c.kind IN ('vendor', 'partner', 'contractor') GROUP BY c.name HAVING COUNT(DISTINCT w.who_id) = 1
UNION ALL
SELECT 'anyone', c.name, MIN(w.who_id)
FROM contributors_contributor c JOIN rec_who w ON w.member_id = c.id
GROUP BY c.name HAVING COUNT(DISTINCT w.who_id) = 1;
CREATE INDEX rec_unique_text ON rec_unique (sort, text);

-- 1. Suppliers: key in the same source, source:key, tax number, unique exact name of a firm.
CREATE TEMPORARY TABLE rec_supplier AS
SELECT i.id AS invoice_id, COALESCE(here.who_id, there.who_id, tax.object_id, firm.object_id) AS supplier_id
FROM invoices_invoice i
LEFT JOIN rec_name n ON n.kind = 'contributors' AND n.source_id = i.source_id AND n.plain = i.supplier_text
LEFT JOIN rec_who here ON here.member_id = n.object_id
LEFT JOIN rec_name f ON f.kind = 'contributors' AND f.full_name = i.supplier_text
LEFT JOIN rec_who there ON there.member_id = f.object_id
LEFT JOIN rec_unique tax ON tax.sort = 'tax' AND tax.text = i.supplier_tax_hash
LEFT JOIN rec_unique firm ON firm.sort = 'firm' AND firm.text = i.supplier_text;
CREATE INDEX rec_supplier_invoice ON rec_supplier (invoice_id);
CREATE INDEX rec_supplier_supplier ON rec_supplier (supplier_id);

-- Only invoices of the suppliers asked for; what one line claims touches only lines of its supplier.
CREATE TEMPORARY TABLE rec_scope AS
SELECT i.id AS invoice_id, s.supplier_id,
       CASE WHEN s.supplier_id IS NULL THEN 'text:' || i.supplier_text ELSE 'id:' || s.supplier_id END AS supplier_key
FROM invoices_invoice i JOIN rec_supplier s ON s.invoice_id = i.id;
CREATE INDEX rec_scope_key ON rec_scope (supplier_key);
CREATE TEMPORARY TABLE rec_asked AS
SELECT DISTINCT c.supplier_key FROM rec_scope c JOIN invoices_invoice i ON i.id = c.invoice_id WHERE {asked};
DELETE FROM rec_scope WHERE supplier_key NOT IN (SELECT supplier_key FROM rec_asked);
CREATE INDEX rec_scope_invoice ON rec_scope (invoice_id);

UPDATE invoices_invoice SET supplier_id = c.supplier_id
FROM rec_scope c
WHERE c.invoice_id = invoices_invoice.id AND invoices_invoice.supplier_id IS DISTINCT FROM c.supplier_id;

-- Whose engagement it is for pay: its supplier, else its contributor's, else the contributor itself.
CREATE TEMPORARY TABLE rec_engagement AS
SELECT e.id AS engagement_id, w.who_id AS contributor_id, s.who_id AS supplier_id, e.start_date, e.end_date
FROM engagements_engagement e
JOIN contributors_contributor c ON c.id = e.contributor_id
JOIN rec_who w ON w.member_id = e.contributor_id
JOIN rec_who s ON s.member_id = COALESCE(e.supplier_id, c.supplier_id, e.contributor_id);
CREATE INDEX rec_engagement_id ON rec_engagement (engagement_id);
CREATE INDEX rec_engagement_pair ON rec_engagement (supplier_id, contributor_id);

-- 2. Engagements and contributors named: key in the same source, source:key, a key that is unique in any source.
CREATE TEMPORARY TABLE rec_named AS
SELECT l.id AS line_id, c.supplier_id,
       CASE WHEN l.engagement_text = '' THEN NULL
            ELSE COALESCE(eh.object_id, et.object_id, eu.object_id) END AS engagement_id,
       CASE WHEN l.contributor_text = '' THEN NULL
            ELSE COALESCE(ch.who_id, ct.who_id, cu.object_id, ca.object_id) END AS contributor_id,
       l.contributor_text,
       COALESCE(l.period_start, l.period_end, i.issue_date) AS first_day,
       COALESCE(l.period_end, l.period_start, i.issue_date) AS last_day
FROM rec_scope c
JOIN invoices_invoice i ON i.id = c.invoice_id
JOIN invoices_invoiceline l ON l.invoice_id = i.id
LEFT JOIN rec_name eh ON eh.kind = 'engagements' AND eh.source_id = i.source_id AND eh.plain = l.engagement_text
LEFT JOIN rec_name et ON et.kind = 'engagements' AND et.full_name = l.engagement_text
LEFT JOIN rec_unique eu ON eu.sort = 'engagement' AND eu.text = l.engagement_text
LEFT JOIN rec_name chn ON chn.kind = 'contributors' AND chn.source_id = i.source_id AND chn.plain = l.contributor_text
LEFT JOIN rec_who ch ON ch.member_id = chn.object_id
LEFT JOIN rec_name ctn ON ctn.kind = 'contributors' AND ctn.full_name = l.contributor_text
LEFT JOIN rec_who ct ON ct.member_id = ctn.object_id
LEFT JOIN rec_unique cu ON cu.sort = 'contributor' AND cu.text = l.contributor_text
LEFT JOIN rec_unique ca ON ca.sort = 'anyone' AND ca.text = l.contributor_text;

-- 3. A named engagement counts when it is the invoice's supplier's; else the only one of that supplier and
--    contributor (the supplier itself where none is named) whose dates meet the period.
CREATE TEMPORARY TABLE rec_found_engagement AS
SELECT n.line_id, MIN(e.engagement_id) AS engagement_id
FROM rec_named n
JOIN rec_engagement e ON e.supplier_id = n.supplier_id
 AND e.contributor_id = CASE WHEN n.contributor_text = '' THEN n.supplier_id ELSE n.contributor_id END
 AND e.start_date <= n.last_day AND (e.end_date IS NULL OR e.end_date >= n.first_day)
GROUP BY n.line_id HAVING COUNT(*) = 1;
CREATE INDEX rec_found_engagement_line ON rec_found_engagement (line_id);

CREATE TEMPORARY TABLE rec_answer AS
SELECT n.line_id, COALESCE(own.engagement_id, f.engagement_id) AS engagement_id,
       COALESCE(n.contributor_id, own.contributor_id, fe.contributor_id) AS contributor_id
FROM rec_named n
LEFT JOIN rec_engagement own ON own.engagement_id = n.engagement_id AND own.supplier_id = n.supplier_id
LEFT JOIN rec_found_engagement f ON f.line_id = n.line_id
LEFT JOIN rec_engagement fe ON fe.engagement_id = f.engagement_id;
CREATE INDEX rec_answer_line ON rec_answer (line_id);

UPDATE invoices_invoiceline SET engagement_id = a.engagement_id, contributor_id = a.contributor_id
FROM rec_answer a
WHERE a.line_id = invoices_invoiceline.id
  AND (invoices_invoiceline.engagement_id IS DISTINCT FROM a.engagement_id
       OR invoices_invoiceline.contributor_id IS DISTINCT FROM a.contributor_id);
