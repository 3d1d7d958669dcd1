-- Only what differs is written; every statement counts what it changed.
DELETE FROM capacity_cell
WHERE unit_id IN (SELECT unit_id FROM cube_touched)
  AND NOT EXISTS (SELECT 1 FROM cube_fresh f WHERE f.unit_id = capacity_cell.unit_id AND f.month = capacity_cell.month
                  AND f.kind = capacity_cell.kind AND f.skill = COALESCE(capacity_cell.skill_id, 0));

UPDATE capacity_cell
SET capacity_hours = f.capacity_hours, demand_hours = f.demand_hours, allocated_hours = f.allocated_hours,
    worked_hours = f.worked_hours, utilisation = f.utilisation, idle_hours = f.idle_hours, cost = f.cost,
    unpriced_hours = f.unpriced_hours
FROM cube_fresh f
WHERE f.unit_id = capacity_cell.unit_id AND f.month = capacity_cell.month AND f.kind = capacity_cell.kind
  AND f.skill = COALESCE(capacity_cell.skill_id, 0)
  AND (capacity_cell.capacity_hours <> f.capacity_hours OR capacity_cell.demand_hours <> f.demand_hours
       OR capacity_cell.allocated_hours <> f.allocated_hours OR capacity_cell.worked_hours <> f.worked_hours
       OR capacity_cell.cost <> f.cost OR capacity_cell.unpriced_hours <> f.unpriced_hours);

INSERT INTO capacity_cell (unit_id, month, kind, skill_id, capacity_hours, demand_hours, allocated_hours, worked_hours,
                           utilisation, idle_hours, cost, unpriced_hours)
SELECT f.unit_id, f.month, f.kind, NULLIF(f.skill, 0), f.capacity_hours, f.demand_hours, f.allocated_hours, f.worked_hours,
       f.utilisation, f.idle_hours, f.cost, f.unpriced_hours
FROM cube_fresh f
LEFT JOIN capacity_cell c ON c.unit_id = f.unit_id AND c.month = f.month AND c.kind = f.kind
    AND COALESCE(c.skill_id, 0) = f.skill
WHERE c.id IS NULL
