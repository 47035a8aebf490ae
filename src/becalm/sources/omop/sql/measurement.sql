SELECT
    m.measurement_id AS row_id,
    m.person_id AS person_id,
    m.measurement_concept_id AS concept_id,
    m.measurement_source_concept_id AS source_concept_id,
    CASE WHEN COALESCE(m.measurement_concept_id, 0) = 0 THEN m.measurement_source_value END AS source_value,
    CASE WHEN m.measurement_datetime IS NULL THEN CAST(m.measurement_date AS VARCHAR) END AS start_date,
    CAST(m.measurement_datetime AS VARCHAR) AS start_datetime,
    CAST(m.value_as_number AS VARCHAR) AS value_as_number,
    v.concept_id AS value_concept_id,
    v.concept_name AS value_name,
    v.vocabulary_id AS value_vocabulary_id,
    v.concept_code AS value_code,
    CASE
        WHEN m.value_as_number IS NULL THEN m.value_source_value
        WHEN CAST(m.value_as_number AS VARCHAR) <> m.value_source_value THEN m.value_source_value
    END AS value_source_value,
    u.concept_code AS unit_code,
    CASE WHEN u.concept_code IS NULL THEN m.unit_source_value END AS unit_source_value,
    m.operator_concept_id AS operator_concept_id
FROM measurement AS m
LEFT JOIN concept AS v ON v.concept_id = m.value_as_concept_id AND v.concept_id <> 0
LEFT JOIN concept AS u ON u.concept_id = m.unit_concept_id AND u.vocabulary_id = 'UCUM'
WHERE
    m.measurement_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR m.measurement_source_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR (COALESCE(m.measurement_concept_id, 0) = 0 AND m.measurement_source_value IN (SELECT s.source_value FROM becalm_source AS s))
