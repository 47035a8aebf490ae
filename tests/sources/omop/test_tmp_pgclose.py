import sys
sys.path.insert(0,'/work/main')
import pytest
from tests.sources.omop.reading import shipped
from becalm.sources.omop import read_omop
def test_x(postgres,tmp_path):
    postgres.psql("""create schema cdm; create table cdm.person (person_id bigint, year_of_birth int, gender_concept_id int);
    insert into cdm.person select g, 1960, 8507 from generate_series(1,1000) g;
    create table cdm.concept (concept_id bigint, concept_name varchar, vocabulary_id varchar, concept_code varchar);
    insert into cdm.concept values (3020891,'Body temperature','LOINC','8310-5');
    create table cdm.measurement (measurement_id bigint, person_id bigint, measurement_concept_id bigint, measurement_date date, measurement_datetime timestamp, value_as_number numeric);
    insert into cdm.measurement select g, g%1000+1, 3020891, '2024-03-01', timestamp '2024-03-01 08:00:00' + g * interval '1 s', 37.5 from generate_series(1,1500000) g;""")
    l=shipped()
    for k in range(6):
        g=read_omop(postgres.url(),l,{})
        for c in g:
            if c.statements.height: break
        g.close()
    n=sum(c.statements.height for c in read_omop(postgres.url(),l,{}))
    assert n==1500000
    g=read_omop(postgres.url(),l,{})
    for c in g:
        if c.statements.height: break
    postgres.run("/usr/lib/postgresql/15/bin/pg_ctl","-D",str(postgres.folder/"data"),"-m","immediate","stop")
    with pytest.raises(Exception) as e:
        for c in g: pass
    print(repr(e.value)[:500])
