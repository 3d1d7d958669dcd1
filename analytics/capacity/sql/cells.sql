-- Shares rolled up into fresh cells of the units touched; hundredths rounded half up, once, here.
CREATE TEMP TABLE cube_fresh AS
WITH skills AS (
    SELECT DISTINCT COALESCE(r.merged_into_id, r.id) AS contributor_id, k.skill_id
    FROM contributors_contributorskill k JOIN contributors_contributor r ON r.id = k.contributor_id
), placed AS (
    SELECT s.*, 0 AS skill FROM capacity_share s JOIN cube_touched u ON u.unit_id = s.unit_id
    UNION ALL
    SELECT s.*, k.skill_id FROM capacity_share s JOIN cube_touched u ON u.unit_id = s.unit_id
    JOIN skills k ON k.contributor_id = s.contributor_id
    UNION ALL
    SELECT s.*, k.skill_id FROM capacity_share s JOIN cube_touched u ON u.unit_id = s.unit_id
    JOIN demand_request_skills k ON s.origin = 'request' AND k.request_id = s.origin_id
), summed AS (
    SELECT unit_id, month, kind, skill,
           (CAST(SUM(capacity) AS BIGINT) + 5000) / 10000 AS capacity, (CAST(SUM(demand) AS BIGINT) + 5000) / 10000 AS demand,
           (CAST(SUM(allocated) AS BIGINT) + 5000) / 10000 AS allocated, (CAST(SUM(worked) AS BIGINT) + 5000) / 10000 AS worked,
           (CAST(SUM(cost) AS BIGINT) + 5000) / 10000 AS cost, (CAST(SUM(unpriced) AS BIGINT) + 5000) / 10000 AS unpriced
    FROM placed GROUP BY unit_id, month, kind, skill
)
SELECT unit_id, month, kind, skill, capacity / 100.0 AS capacity_hours, demand / 100.0 AS demand_hours,
       allocated / 100.0 AS allocated_hours, worked / 100.0 AS worked_hours, cost / 100.0 AS cost,
       unpriced / 100.0 AS unpriced_hours,
       CASE WHEN capacity > allocated THEN (capacity - allocated) / 100.0 ELSE 0 END AS idle_hours,
       CASE WHEN capacity > 0 THEN ((worked * 20000 + capacity) / (2 * capacity)) / 10000.0 END AS utilisation
FROM summed
WHERE capacity <> 0 OR demand <> 0 OR allocated <> 0 OR worked <> 0 OR cost <> 0 OR unpriced <> 0;

CREATE UNIQUE INDEX cube_fresh_cell ON cube_fresh (unit_id, month, kind, skill)
