SELECT
    p.person_id AS row_id,
    p.person_id AS person_id,
    p.year_of_birth AS year_of_birth,
    p.month_of_birth AS month_of_birth,
    p.day_of_birth AS day_of_birth,
    CAST(p.birth_datetime AS VARCHAR) AS birth_datetime,
    g.concept_name AS gender_name,
    p.gender_source_value AS gender_source_value
FROM person AS p
LEFT JOIN concept AS g ON g.concept_id = p.gender_concept_id AND g.concept_id <> 0
