SELECT
    d.person_id AS row_id,
    d.person_id AS person_id,
    CASE WHEN d.death_datetime IS NULL THEN CAST(d.death_date AS VARCHAR) END AS start_date,
    CAST(d.death_datetime AS VARCHAR) AS start_datetime,
    c.concept_name AS cause_name,
    d.cause_source_value AS cause_source_value
FROM death AS d
LEFT JOIN concept AS c ON c.concept_id = d.cause_concept_id AND c.concept_id <> 0
