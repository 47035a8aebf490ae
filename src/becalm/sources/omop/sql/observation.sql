SELECT
    o.observation_id AS row_id,
    o.person_id AS person_id,
    o.observation_concept_id AS concept_id,
    o.observation_source_concept_id AS source_concept_id,
    CASE WHEN COALESCE(o.observation_concept_id, 0) = 0 THEN o.observation_source_value END AS source_value,
    CASE WHEN o.observation_datetime IS NULL THEN CAST(o.observation_date AS VARCHAR) END AS start_date,
    CAST(o.observation_datetime AS VARCHAR) AS start_datetime,
    CAST(o.value_as_number AS VARCHAR) AS value_as_number,
    v.concept_id AS value_concept_id,
    v.concept_name AS value_name,
    v.vocabulary_id AS value_vocabulary_id,
    v.concept_code AS value_code,
    CASE
        WHEN o.value_as_number IS NULL THEN o.value_source_value
        WHEN CAST(o.value_as_number AS VARCHAR) <> o.value_source_value THEN o.value_source_value
    END AS value_source_value,
    u.concept_code AS unit_code,
    CASE WHEN u.concept_code IS NULL THEN o.unit_source_value END AS unit_source_value,
    o.value_as_string AS value_as_string,
    o.qualifier_source_value AS qualifier_source_value
FROM observation AS o
LEFT JOIN concept AS v ON v.concept_id = o.value_as_concept_id AND v.concept_id <> 0
LEFT JOIN concept AS u ON u.concept_id = o.unit_concept_id AND u.vocabulary_id = 'UCUM'
WHERE
    o.observation_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR o.observation_source_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR (COALESCE(o.observation_concept_id, 0) = 0 AND o.observation_source_value IN (SELECT s.source_value FROM becalm_source AS s))
