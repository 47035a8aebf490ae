-- Every alias stands once in this file.
-- Every concept of the site that a code of the lookup reaches: the code's own concept, the standard concepts that
-- it maps to, their descendants, and non-standard concepts that map to one of these. distance: 0 for the concept
-- itself, 2 for each level of descent, 1 for each mapping on the way. roots holds a few hundred rows.
WITH named AS (
    SELECT s.set_code AS set_code, c.concept_id AS concept_id
    FROM becalm_set AS s
    JOIN concept AS c ON c.vocabulary_id = s.vocabulary_id AND c.concept_code = s.concept_code
    UNION ALL
    SELECT s.set_code AS set_code, s.concept_id AS concept_id
    FROM becalm_set AS s
    WHERE s.concept_id <> 0
),
roots AS (
    SELECT n.set_code AS set_code, n.concept_id AS concept_id, 0 AS distance
    FROM named AS n
    UNION ALL
    SELECT m.set_code AS set_code, f.concept_id_2 AS concept_id, 1 AS distance
    FROM named AS m
    JOIN concept_relationship AS f ON f.concept_id_1 = m.concept_id
    WHERE f.relationship_id = 'Maps to' AND COALESCE(f.invalid_reason, '') = '' AND f.concept_id_2 <> f.concept_id_1
),
reached AS (
    SELECT r.set_code AS set_code, r.concept_id AS concept_id, r.distance AS distance
    FROM roots AS r
    UNION ALL
    SELECT q.set_code AS set_code, a.descendant_concept_id AS concept_id,
        q.distance + 2 * CAST(a.min_levels_of_separation AS INTEGER) AS distance
    FROM roots AS q
    JOIN concept_ancestor AS a ON a.ancestor_concept_id = q.concept_id
),
mapped AS (
    SELECT d.set_code AS set_code, d.concept_id AS concept_id, d.distance AS distance
    FROM reached AS d
    UNION ALL
    SELECT e.set_code AS set_code, b.concept_id_1 AS concept_id, e.distance + 1 AS distance
    FROM reached AS e
    JOIN concept_relationship AS b ON b.concept_id_2 = e.concept_id
    WHERE b.relationship_id = 'Maps to' AND COALESCE(b.invalid_reason, '') = '' AND b.concept_id_2 <> b.concept_id_1
)
SELECT z.set_code AS set_code, z.concept_id AS concept_id, MIN(z.distance) AS distance
FROM mapped AS z
GROUP BY z.set_code, z.concept_id
