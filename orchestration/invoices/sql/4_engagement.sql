-- The engagement, its dates, and who may be paid.
INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT line_id, 'no_engagement', 'an engagement of this supplier',
       COALESCE(NULLIF(engagement_text, ''), NULLIF(contributor_text, ''), 'none named'), net_amount
FROM rec_line WHERE engagement_id IS NULL;

INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT line_id, 'outside_engagement',
       CAST(start_date AS TEXT) || ' to ' || COALESCE(CAST(end_date AS TEXT), 'open'),
       CAST(period_start AS TEXT) || ' to ' || CAST(period_end AS TEXT), net_amount
FROM rec_line WHERE period_start < start_date OR period_end > end_date;

INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT l.line_id, 'contributor_not_cleared', 'nothing open that blocks pay',
       MIN(i.title), l.net_amount
FROM rec_line l
JOIN rec_who w ON w.member_id = COALESCE(l.engaged_id, l.contributor_id)
JOIN rec_who m ON m.who_id = w.who_id
JOIN engagements_engagement e ON e.contributor_id = m.member_id
JOIN onboarding_plan p ON p.engagement_id = e.id
JOIN onboarding_item i ON i.plan_id = p.id
WHERE i.blocks = 'pay' AND i.open_from <= l.last_day
  AND (i.done_on IS NULL OR (i.done_on > l.first_day AND i.done_on > i.open_from))
GROUP BY l.line_id, l.net_amount;

-- Suppliers that are suspended, held, or broken a policy that blocks.
CREATE TEMPORARY TABLE rec_blocked AS
SELECT who_id, MIN(why) AS why FROM (
    SELECT id AS who_id, 'suspended' AS why FROM contributors_contributor WHERE status = 'suspended'
    UNION ALL
    SELECT w.who_id, 'on hold: ' || h.reason
    FROM holds_hold h JOIN rec_who w ON w.member_id = h.subject_id
    WHERE h.subject_type = 'contributor' AND h.lifted_at IS NULL
    UNION ALL
    SELECT w.who_id, 'finding: ' || p.title
    FROM policies_finding f JOIN policies_policy p ON p.id = f.policy_id
    JOIN rec_who w ON w.member_id = f.contributor_id
    WHERE f.closed_at IS NULL AND p.effect LIKE 'block%'
) reasons GROUP BY who_id;

INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT l.line_id, 'supplier_blocked', 'a supplier free of blocks', SUBSTR(b.why, 1, 200), l.net_amount
FROM rec_line l JOIN rec_blocked b ON b.who_id = l.supplier_id;

-- The account to be paid, where one is known: of the supplier or of a record merged into it.
CREATE TEMPORARY TABLE rec_account AS
SELECT DISTINCT w.who_id, c.bank_account_hash
FROM contributors_contributor c JOIN rec_who w ON w.member_id = c.id WHERE c.bank_account_hash <> '';
CREATE INDEX rec_account_who ON rec_account (who_id);

INSERT INTO rec_found (line_id, code, expected, actual, amount)
SELECT l.line_id, 'payee_changed', 'the account on file', 'another account', l.net_amount
FROM rec_invoice i JOIN rec_line l ON l.invoice_id = i.invoice_id
WHERE i.payee_account_hash <> ''
  AND EXISTS (SELECT 1 FROM rec_account a WHERE a.who_id = i.supplier_id)
  AND NOT EXISTS (SELECT 1 FROM rec_account a
                  WHERE a.who_id = i.supplier_id AND a.bank_account_hash = i.payee_account_hash);
