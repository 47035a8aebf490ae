SELECT
    c.condition_occurrence_id AS row_id,
    c.person_id AS person_id,
    c.condition_concept_id AS concept_id,
    c.condition_source_concept_id AS source_concept_id,
    CASE WHEN COALESCE(c.condition_concept_id, 0) = 0 THEN c.condition_source_value END AS source_value,
    CASE WHEN c.condition_start_datetime IS NULL THEN CAST(c.condition_start_date AS VARCHAR) END AS start_date,
    CAST(c.condition_start_datetime AS VARCHAR) AS start_datetime,
    CASE WHEN c.condition_end_datetime IS NULL THEN CAST(c.condition_end_date AS VARCHAR) END AS end_date,
    CAST(c.condition_end_datetime AS VARCHAR) AS end_datetime,
    c.condition_status_source_value AS condition_status_source_value
FROM condition_occurrence AS c
WHERE
    c.condition_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR c.condition_source_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR (COALESCE(c.condition_concept_id, 0) = 0 AND c.condition_source_value IN (SELECT s.source_value FROM becalm_source AS s))
