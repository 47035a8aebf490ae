SELECT
    c.concept_id AS concept_id,
    c.concept_name AS concept_name,
    c.vocabulary_id AS vocabulary_id,
    c.concept_code AS concept_code
FROM concept AS c
WHERE c.concept_id IN (SELECT k.concept_id FROM becalm_concept AS k)
