SELECT
    v.visit_detail_id AS row_id,
    v.person_id AS person_id,
    v.visit_detail_concept_id AS concept_id,
    v.visit_detail_source_concept_id AS source_concept_id,
    CASE WHEN COALESCE(v.visit_detail_concept_id, 0) = 0 THEN v.visit_detail_source_value END AS source_value,
    CASE WHEN v.visit_detail_start_datetime IS NULL THEN CAST(v.visit_detail_start_date AS VARCHAR) END AS start_date,
    CAST(v.visit_detail_start_datetime AS VARCHAR) AS start_datetime,
    CASE WHEN v.visit_detail_end_datetime IS NULL THEN CAST(v.visit_detail_end_date AS VARCHAR) END AS end_date,
    CAST(v.visit_detail_end_datetime AS VARCHAR) AS end_datetime
FROM visit_detail AS v
WHERE
    v.visit_detail_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR v.visit_detail_source_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR (COALESCE(v.visit_detail_concept_id, 0) = 0 AND v.visit_detail_source_value IN (SELECT s.source_value FROM becalm_source AS s))
