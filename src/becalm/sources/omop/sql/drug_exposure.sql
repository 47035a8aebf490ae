SELECT
    d.drug_exposure_id AS row_id,
    d.person_id AS person_id,
    d.drug_concept_id AS concept_id,
    d.drug_source_concept_id AS source_concept_id,
    CASE WHEN COALESCE(d.drug_concept_id, 0) = 0 THEN d.drug_source_value END AS source_value,
    CASE WHEN d.drug_exposure_start_datetime IS NULL THEN CAST(d.drug_exposure_start_date AS VARCHAR) END AS start_date,
    CAST(d.drug_exposure_start_datetime AS VARCHAR) AS start_datetime,
    CASE WHEN d.drug_exposure_end_datetime IS NULL THEN CAST(d.drug_exposure_end_date AS VARCHAR) END AS end_date,
    CAST(d.drug_exposure_end_datetime AS VARCHAR) AS end_datetime,
    d.drug_type_concept_id AS drug_type_concept_id,
    CAST(d.quantity AS VARCHAR) AS quantity,
    d.dose_unit_source_value AS dose_unit_source_value,
    CAST(d.days_supply AS VARCHAR) AS days_supply,
    CAST(d.refills AS VARCHAR) AS refills,
    CAST(d.sig AS VARCHAR) AS sig,
    r.concept_name AS route_name,
    d.route_source_value AS route_source_value
FROM drug_exposure AS d
LEFT JOIN concept AS r ON r.concept_id = d.route_concept_id AND r.concept_id <> 0
WHERE
    d.drug_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR d.drug_source_concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
    OR (COALESCE(d.drug_concept_id, 0) = 0 AND d.drug_source_value IN (SELECT s.source_value FROM becalm_source AS s))
