SELECT
    d.device_exposure_id AS row_id,
    d.person_id AS person_id,
    d.device_concept_id AS concept_id,
    d.device_source_concept_id AS source_concept_id,
    CASE WHEN COALESCE(d.device_concept_id, 0) = 0 THEN d.device_source_value END AS source_value,
    CASE WHEN d.device_exposure_start_datetime IS NULL THEN CAST(d.device_exposure_start_date AS VARCHAR) END AS start_date,
    CAST(d.device_exposure_start_datetime AS VARCHAR) AS start_datetime,
    CASE WHEN d.device_exposure_end_datetime IS NULL THEN CAST(d.device_exposure_end_date AS VARCHAR) END AS end_date,
    CAST(d.device_exposure_end_datetime AS VARCHAR) AS end_datetime
FROM device_exposure AS d
WHERE
    d.device_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR d.device_source_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR (COALESCE(d.device_concept_id, 0) = 0 AND d.device_source_value IN (SELECT s.source_value FROM becalm_source AS s))
