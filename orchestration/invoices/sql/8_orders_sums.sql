-- Orders: known, in time, not used up.
INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT line_id, 'order_missing', 'an order of this supplier', order_text, net_amount
FROM rec_line WHERE order_text <> '' AND order_id IS NULL;

INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT line_id, 'order_expired',
       COALESCE(CAST(valid_from AS TEXT), 'open') || ' to ' || COALESCE(CAST(valid_to AS TEXT), 'open'),
       CAST(period_start AS TEXT) || ' to ' || CAST(period_end AS TEXT), net_amount
FROM rec_line WHERE period_start < valid_from OR period_end > valid_to;

-- Lines in another currency than the order's do not use it up.
INSERT INTO rec_found (line_id, code, expected_n, actual_n, unit, amount)
SELECT line_id, 'order_exceeded', order_amount, used_c / 100.0, currency,
       CASE WHEN used_c / 100.0 - order_amount < net_amount THEN used_c / 100.0 - order_amount ELSE net_amount END
FROM (
    SELECT line_id, order_amount, currency, net_amount,
           SUM(net_c) OVER (PARTITION BY order_id ORDER BY seq ROWS UNBOUNDED PRECEDING) AS used_c
    FROM rec_line WHERE order_id IS NOT NULL AND order_currency = currency
) cumulated
WHERE net_amount > 0 AND used_c > ROUND(order_amount * 100);

-- Sums of the line, then of its document.
INSERT INTO rec_found (line_id, code, expected_n, actual_n, unit, amount)
SELECT l.line_id, 'arithmetic',
       CASE WHEN ABS(l.net_difference) > l.line_slack THEN l.net_amount + l.net_difference ELSE 0 END,
       CASE WHEN ABS(l.net_difference) > l.line_slack THEN l.net_amount ELSE i.sums_difference END,
       CASE WHEN ABS(l.net_difference) > l.line_slack THEN l.currency ELSE l.currency || ' difference in the totals' END,
       CASE WHEN ABS(l.net_difference) > l.line_slack THEN ABS(l.net_difference) ELSE i.sums_difference END
FROM rec_line l JOIN rec_invoice i ON i.invoice_id = l.invoice_id
WHERE ABS(l.net_difference) > l.line_slack OR i.sums_difference > l.document_slack;

INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT l.line_id, 'tax', 'tax as base and category give it',
       CASE WHEN l.tax_rate < 0 OR l.tax_rate > 100 OR (l.tax_category = 'S' AND COALESCE(l.tax_rate, 0) = 0)
                 OR (l.tax_category IN ('Z', 'E', 'AE', 'K', 'G', 'O') AND l.tax_rate <> 0)
            THEN 'a rate that contradicts its category' ELSE 'a tax amount that is not base x rate' END,
       CASE WHEN i.tax_difference > 0 THEN i.tax_difference ELSE ABS(l.net_amount * COALESCE(l.tax_rate, 0) / 100.0) END
FROM rec_line l JOIN rec_invoice i ON i.invoice_id = l.invoice_id
WHERE l.tax_rate < 0 OR l.tax_rate > 100
   OR (l.tax_category = 'S' AND COALESCE(l.tax_rate, 0) = 0)
   OR (l.tax_category IN ('Z', 'E', 'AE', 'K', 'G', 'O') AND l.tax_rate <> 0)
   OR i.tax_difference > l.tax_slack * i.line_count;
