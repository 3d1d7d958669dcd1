-- The same number again, earlier from the same supplier.
INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT l.line_id, 'duplicate_invoice', 'a number not used before', i.number, l.net_amount
FROM (SELECT invoice_id, number, seq, MIN(seq) OVER (PARTITION BY supplier_key, normalised_number) AS first_seq
      FROM rec_invoice) i
JOIN rec_line l ON l.invoice_id = i.invoice_id
WHERE i.seq > i.first_seq;

-- The lines of an invoice as one text: equal texts, equal multisets of lines.
CREATE TEMPORARY TABLE rec_content AS
SELECT DISTINCT invoice_id, TEXTS(words, '|') OVER (
    PARTITION BY invoice_id ORDER BY words ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS content
FROM (
    SELECT invoice_id,
           CASE WHEN engagement_id IS NOT NULL THEN 'e' || engagement_id
                WHEN contributor_id IS NOT NULL THEN 'c' || contributor_id
                ELSE 't' || engagement_text || '/' || contributor_text END
           || '~' || COALESCE(CAST(period_start AS TEXT), '') || '~' || COALESCE(CAST(period_end AS TEXT), '')
           || '~' || category || '~' || per || '~' || CAST(ROUND(quantity, 4) AS TEXT) || '~' || CAST(price AS TEXT) AS words
    FROM rec_line
) lines;

CREATE TEMPORARY TABLE rec_twin AS
SELECT i.invoice_id, i.seq, i.supplier_key, i.type_code, i.currency, i.normalised_number, i.net_c, i.issue_number,
       i.period_start, i.period_end, c.content, SUBSTR(c.content, 1, 200) AS content_key
FROM rec_invoice i JOIN rec_content c ON c.invoice_id = i.invoice_id;
CREATE INDEX rec_twin_net ON rec_twin (supplier_key, net_c);
CREATE INDEX rec_twin_content ON rec_twin (supplier_key, content_key);

-- Another number, but the same lines, or the same net total within a week for periods that meet.
INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT l.line_id, 'possible_duplicate', 'an invoice unlike earlier ones', 'like ' || e.number, l.net_amount
FROM (
    SELECT invoice_id, MIN(earlier_seq) AS earlier_seq FROM (
        SELECT b.invoice_id, MIN(a.seq) AS earlier_seq
        FROM rec_twin b JOIN rec_twin a
          ON a.supplier_key = b.supplier_key AND a.content_key = b.content_key AND a.content = b.content
         AND a.type_code = b.type_code AND a.currency = b.currency
         AND a.normalised_number <> b.normalised_number AND a.seq < b.seq
        GROUP BY b.invoice_id
        UNION ALL
        SELECT b.invoice_id, MIN(a.seq)
        FROM rec_twin b JOIN rec_twin a
          ON a.supplier_key = b.supplier_key AND a.net_c = b.net_c
         AND a.type_code = b.type_code AND a.currency = b.currency
         AND a.normalised_number <> b.normalised_number AND a.seq < b.seq
         AND b.issue_number - a.issue_number <= 7
         AND ((a.period_start <= b.period_end AND b.period_start <= a.period_end)
              OR (a.period_start IS NULL AND b.period_start IS NULL))
        GROUP BY b.invoice_id
    ) pairs GROUP BY invoice_id
) p
JOIN rec_invoice e ON e.seq = p.earlier_seq
JOIN rec_line l ON l.invoice_id = p.invoice_id;
