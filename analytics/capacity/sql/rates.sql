-- Which rate holds when: for each engagement, category and family (time, salary, each) the days on which something
-- starts or ends cut the window into segments; in each the rate with the latest start among those valid holds.
CREATE TEMP TABLE cube_offers AS
SELECT r.id, r.engagement_id, r.category, r.per, r.currency, r.valid_from,
       CASE WHEN r.per IN ('hour', 'day') THEN 'time' WHEN r.per = 'each' THEN 'each' ELSE 'salary' END AS family,
       CASE WHEN r.valid_from < w.first THEN w.first ELSE r.valid_from END AS first,
       CASE WHEN r.valid_to IS NULL OR r.valid_to > w.last THEN w.last ELSE r.valid_to END AS last,
       CAST(ROUND(r.amount * 10000) AS BIGINT) AS amount
FROM engagements_rate r
JOIN cube_terms t ON t.engagement_id = r.engagement_id
CROSS JOIN cube_window w
WHERE r.valid_from <= w.last AND (r.valid_to IS NULL OR r.valid_to >= w.first);

CREATE TEMP TABLE cube_rates AS
WITH cuts AS (
    SELECT engagement_id, category, family, first AS day FROM cube_offers
    UNION
    SELECT o.engagement_id, o.category, o.family, s.next_date FROM cube_offers o
    JOIN cube_spine s ON s.date = o.last
    CROSS JOIN cube_window w WHERE o.last < w.last
), segments AS (
    SELECT c.*, LEAD(day) OVER (PARTITION BY engagement_id, category, family ORDER BY day) AS until FROM cuts c
), ranked AS (
    SELECT g.engagement_id, g.category, g.family, g.day AS first, g.until, o.per, o.amount, o.currency,
           ROW_NUMBER() OVER (PARTITION BY g.engagement_id, g.category, g.family, g.day
                              ORDER BY o.valid_from DESC, o.per DESC, o.id DESC) AS place
    FROM segments g
    JOIN cube_offers o ON o.engagement_id = g.engagement_id AND o.category = g.category AND o.family = g.family
                      AND g.day BETWEEN o.first AND o.last
)
SELECT r.engagement_id, r.category, r.family, r.first, COALESCE(s.previous_date, w.last) AS last, r.per, r.amount, r.currency
FROM ranked r
CROSS JOIN cube_window w
LEFT JOIN cube_spine s ON s.date = r.until
WHERE r.place = 1;

CREATE INDEX cube_rates_of ON cube_rates (engagement_id, family, category, first)
