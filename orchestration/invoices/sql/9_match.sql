-- How each line was judged, with the inputs; rows that say the same as before stay untouched.
INSERT INTO invoices_linematch (line_id, status, evidence, reconciled_at)
SELECT l.line_id, CASE WHEN f.line_id IS NULL THEN 'matched' ELSE 'discrepant' END,
       JSON_OBJECT_OF('approved_hours', ROUND(t.approved_u / 1000000.0, 4), 'submitted_hours', ROUND(t.submitted_u / 1000000.0, 4),
                      'billed_hours', ROUND(t.billed_u / 1000000.0, 4), 'rate', ROUND(a.amount, 6),
                      'rate_currency', a.currency_low, 'order', l.order_text,
                      'price_tolerance_percent', ROUND(l.price_percent, 4), 'price_tolerance_amount', ROUND(l.price_slack, 4),
                      'quantity_tolerance', ROUND(l.quantity_slack, 4)),
       %s
FROM rec_line l
LEFT JOIN rec_timed t ON t.line_id = l.line_id
LEFT JOIN rec_agreed a ON a.line_id = l.line_id
LEFT JOIN (SELECT DISTINCT line_id FROM rec_found) f ON f.line_id = l.line_id
WHERE TRUE
ON CONFLICT (line_id) DO UPDATE
SET status = excluded.status, evidence = excluded.evidence, reconciled_at = excluded.reconciled_at
WHERE invoices_linematch.status <> excluded.status OR invoices_linematch.evidence <> excluded.evidence;
