SELECT
    p.procedure_occurrence_id AS row_id,
    p.person_id AS person_id,
    p.procedure_concept_id AS concept_id,
    p.procedure_source_concept_id AS source_concept_id,
    CASE WHEN COALESCE(p.procedure_concept_id, 0) = 0 THEN p.procedure_source_value END AS source_value,
    CASE WHEN p.procedure_datetime IS NULL THEN CAST(p.procedure_date AS VARCHAR) END AS start_date,
    CAST(p.procedure_datetime AS VARCHAR) AS start_datetime,
    CASE WHEN p.procedure_end_datetime IS NULL THEN CAST(p.procedure_end_date AS VARCHAR) END AS end_date,
    CAST(p.procedure_end_datetime AS VARCHAR) AS end_datetime,
    p.modifier_source_value AS modifier_source_value
FROM procedure_occurrence AS p
WHERE
    p.procedure_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR p.procedure_source_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR (COALESCE(p.procedure_concept_id, 0) = 0 AND p.procedure_source_value IN (SELECT s.source_value FROM becalm_source AS s))
